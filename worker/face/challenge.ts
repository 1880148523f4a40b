/** What a login's frames must show, after its challenge has been opened and claimed. */
import { Refusal } from '../errors.ts';
import { findRate, type Rate } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import { type Embedding, embedPlain, mirrored, unitMean } from './embed.ts';
import { type Frame, portrayFrame } from './frames.ts';
import { shortcomings } from './gates.ts';
import { likeness, type Sight, sight } from './planar.ts';
import { type Action, facesCamera, type Pose, performs } from './poses.ts';
import { dequantize, type Template } from './template.ts';
import type { Engine } from './verify.ts';

export interface ActionFrame {
  readonly action: Action;
  readonly picture: Uint8Array;
}

export interface RespondInput {
  /** Bytes of the frame that faces the camera. */
  readonly frontal: Uint8Array;
  /** In the order that was asked. */
  readonly actions: readonly ActionFrame[];
  readonly template: Template;
  /** Of the scale for templates of so many pictures: `calibrationFor`. */
  readonly rate: Rate;
}

/**
 * Where an answer failed, for tests and for counting; never for a browser, whom it would teach.
 * - `frontal`: its picture, its face, its quality, or it does not face the camera
 * - `pose`: an action's picture or face, or its pose is not the one asked for
 * - `repeat`: a frame is another one again, or the frontal one warped in the plane
 * - `person`: the frames are not one person
 * - `match`: the frontal frame is not the person of the template
 */
export type Step = 'frontal' | 'pose' | 'repeat' | 'person' | 'match';

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly step: Step };

/**
 * Each turned frame must pass for the person of the frontal one at this rate, by pairs and without
 * mirror images: turned faces lie further apart, and it is the template that decides who it is.
 * This only keeps out frames of strangers, who must not do the turning for a photo.
 */
export const ONE_BURST_FAR = 1e-2;

/**
 * Correlations from which two frames are one picture: a turned frame the frontal one's print, and
 * two turned frames one and the same. The latter may be as like as one person's two turns to one
 * side (up to 0.996 in 90 rendered pairs), so only a copy is told: the very frame is at 1, and
 * saved again with new noise over 0.996. Flat prints tilted by up to 50° are over 0.986 in 95 of
 * 100; rendered heads, turned as little as `poses.ts` allows, under it in 98 of 100.
 */
const ONE_PRINT = 0.986;
const ONE_FRAME = 0.997;

/**
 * Degrees, yaw and pitch together, from which two turned frames cannot be one: saved again, a
 * frame's estimate moves by 1 or 2. It spares laying most of them over each other.
 */
const OTHER_POSE = 8;

/** Judges an answer. Cheap checks first, the network last. */
export async function respond(engine: Engine, input: RespondInput): Promise<Outcome> {
  const frontal = await frameOf(engine, input.frontal, true);
  if (frontal === undefined || !isFrontal(frontal)) return { ok: false, step: 'frontal' };
  const turned: Frame[] = [];
  for (const { action, picture } of input.actions) {
    const frame = await frameOf(engine, picture, false);
    if (frame === undefined || !performs(action, frontal.pose, frame.pose)) {
      return { ok: false, step: 'pose' };
    }
    turned.push(frame);
  }
  if (isRepeated(frontal, turned)) return { ok: false, step: 'repeat' };

  const crops = [frontal.crop, mirrored(frontal.crop), ...turned.map(({ crop }) => crop)];
  const [plain, mirror, ...others] = (await embedPlain(engine.embedder, crops)) as [
    Embedding,
    Embedding,
    ...Embedding[],
  ];
  const burst = findRate(engine.calibration, ONE_BURST_FAR);
  if (burst === undefined) throw new Error(`not calibrated at ${ONE_BURST_FAR}`);
  const facing = unitMean(plain, mirror);
  if (others.some((embedding) => squaredDistance(facing, embedding) > burst.threshold)) {
    return { ok: false, step: 'person' };
  }
  const distance = squaredDistance(dequantize(input.template.embedding), facing);
  return distance <= input.rate.threshold ? { ok: true } : { ok: false, step: 'match' };
}

/** @returns undefined for what is no picture of one face */
async function frameOf(
  engine: Engine,
  bytes: Uint8Array,
  matched: boolean,
): Promise<Frame | undefined> {
  try {
    return await portrayFrame(engine, bytes, matched);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function isFrontal({ report, pose }: Frame): boolean {
  return shortcomings(report.quality).length === 0 && facesCamera(pose);
}

function isRepeated(frontal: Frame, turned: readonly Frame[]): boolean {
  const look = ({ crop, report }: Frame): Sight => sight(crop, report.landmarks);
  const face = look(frontal);
  const others = turned.map((frame) => ({ pose: frame.pose, sight: look(frame) }));
  return others.some(
    (other, i) =>
      likeness(face, other.sight, ONE_PRINT) >= ONE_PRINT ||
      others
        .slice(0, i)
        .some(
          (before) =>
            apart(before.pose, other.pose) < OTHER_POSE &&
            likeness(before.sight, other.sight, ONE_FRAME) >= ONE_FRAME,
        ),
  );
}

function apart(a: Pose, b: Pose): number {
  return Math.abs(a.yaw - b.yaw) + Math.abs(a.pitch - b.pitch);
}
