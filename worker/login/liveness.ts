/** What a login's frames must show, after its challenge has been opened and claimed. */
import { Refusal } from '../errors.ts';
import { findRate, type Rate } from '../face/calibration.ts';
import { squaredDistance } from '../face/compare.ts';
import { type Embedding, embedPlain, mirrored, unitMean } from '../face/embed.ts';
import { gateFailures } from '../face/enrolment-gates.ts';
import type { AlignedFace, Engine } from '../face/pipeline.ts';
import { dequantize, type Template } from '../face/template.ts';
import { detectAndAlignFrame } from './frame.ts';
import { type Action, facesCamera, isNod, type Pose, performs } from './poses.ts';
import {
  type RegistrationTemplate,
  registrationScore,
  registrationTemplate,
} from './print-attack.ts';

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
  /** Of the scale for templates of so many pictures: `operatingPointsFor`. */
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
 * This only keeps out frames of strangers, who must not do the turning for a photo: at 1e-2 one of
 * 100 did, and 2 of 100 honest runs were refused for it instead of 6 (`npm run tool -- simulate`).
 */
export const SAME_PERSON_FAR = 1e-3;

/**
 * Correlations from which two frames are one picture: a turned frame the frontal one's print, and
 * two turned frames one and the same.
 *
 * A head that turns leaves more than one that nods, so less is asked where it turns. Prints tilted
 * by 20 to 50°, flat, bent or close to the camera, are over it in 97 of 100 where they turn, 92 up
 * and 83 down (363 of each action, 726 where there are two sides); rendered heads that pass for the
 * pose in 2 of 100 where they turn and 5 where they nod.
 *
 * Two turned frames may be as like as one person's two turns to one side (under 0.9968 in 95 of 100
 * of 136 rendered pairs), so only a copy is told: the very frame is at 1, and saved again with new
 * noise half are over 0.999.
 */
const PRINT_ATTACK_NCC = { turn: 0.975, nod: 0.99 } as const;
const REPLAYED_FRAME_NCC = 0.997;

/**
 * Degrees, yaw and pitch together, from which two turned frames cannot be one: saved again with new
 * noise, a frame's estimate moves by 0.6 in the median, and by 4.7 at most (136 frames). It spares
 * laying most of them over each other.
 */
const DISTINCT_POSE_DEGREES = 6;

/** Judges an answer. Cheap checks first, the network last. */
export async function respond(engine: Engine, input: RespondInput): Promise<Outcome> {
  const frontal = await frameOf(engine, input.frontal);
  if (frontal === undefined || !isFrontal(frontal)) return { ok: false, step: 'frontal' };
  const turned: AlignedFace[] = [];
  for (const { action, picture } of input.actions) {
    const frame = await frameOf(engine, picture);
    if (frame === undefined || !performs(action, poseOf(frontal), poseOf(frame))) {
      return { ok: false, step: 'pose' };
    }
    turned.push(frame);
  }
  const actions = input.actions.map(({ action }) => action);
  if (isRepeated(frontal, turned, actions)) return { ok: false, step: 'repeat' };

  const crops = [frontal.crop, mirrored(frontal.crop), ...turned.map(({ crop }) => crop)];
  const [plain, mirror, ...others] = (await embedPlain(engine.embedder, crops)) as [
    Embedding,
    Embedding,
    ...Embedding[],
  ];
  const burst = findRate(engine.calibration, SAME_PERSON_FAR);
  if (burst === undefined) throw new Error(`not calibrated at ${SAME_PERSON_FAR}`);
  const facing = unitMean(plain, mirror);
  if (others.some((embedding) => squaredDistance(facing, embedding) > burst.threshold)) {
    return { ok: false, step: 'person' };
  }
  const distance = squaredDistance(dequantize(input.template.embedding), facing);
  return distance <= input.rate.threshold ? { ok: true } : { ok: false, step: 'match' };
}

/** @returns undefined for what is no picture of one face */
async function frameOf(engine: Engine, bytes: Uint8Array): Promise<AlignedFace | undefined> {
  try {
    return await detectAndAlignFrame(engine, bytes);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function poseOf({ report }: AlignedFace): Pose {
  return report.quality;
}

function isFrontal(frame: AlignedFace): boolean {
  return gateFailures(frame.report.quality).length === 0 && facesCamera(poseOf(frame));
}

function isRepeated(
  frontal: AlignedFace,
  turned: readonly AlignedFace[],
  actions: readonly Action[],
): boolean {
  const look = ({ crop, report }: AlignedFace): RegistrationTemplate =>
    registrationTemplate(crop, report.landmarks);
  const face = look(frontal);
  const others = turned.map((frame) => ({
    pose: poseOf(frame),
    registrationTemplate: look(frame),
  }));
  return others.some((other, i) => {
    const limit = isNod(actions[i] as Action) ? PRINT_ATTACK_NCC.nod : PRINT_ATTACK_NCC.turn;
    if (registrationScore(face, other.registrationTemplate, limit) >= limit) return true;
    return others
      .slice(0, i)
      .some(
        (before) =>
          apart(before.pose, other.pose) < DISTINCT_POSE_DEGREES &&
          registrationScore(
            before.registrationTemplate,
            other.registrationTemplate,
            REPLAYED_FRAME_NCC,
          ) >= REPLAYED_FRAME_NCC,
      );
  });
}

function apart(a: Pose, b: Pose): number {
  return Math.abs(a.yaw - b.yaw) + Math.abs(a.pitch - b.pitch);
}
