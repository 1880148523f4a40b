/** The frames of one answer, judged one after the other: poses, repeats, and one person. */
import { Refusal } from '../errors.ts';
import type { Crop } from '../face/alignment/align.ts';
import { findRate } from '../face/decision/calibration.ts';
import { isMatch } from '../face/decision/match.ts';
import { squaredDistance } from '../face/embedding/distance.ts';
import { type Embedding, embed, embedPlain } from '../face/embedding/embed.ts';
import type { AlignedFace, Engine } from '../face/pipeline.ts';
import { gateFailures } from '../face/quality/enrolment-gates.ts';
import { detectAndAlignFrame } from './frame.ts';
import { type Action, facesCamera, performs } from './poses.ts';
import { type ActionShot, findRepeat, type Repeat, type Shot, shotOf } from './repeats.ts';

export interface ActionFrames {
  readonly action: Action;
  /** Bytes of the frames taken of this pose: the first that will do is the one that counts. */
  readonly pictures: Iterable<Uint8Array>;
}

/**
 * Step at which the frames failed.
 * - `frontal`: in no frame a face of enough quality that faces the camera
 * - `pose`: in no frame of an action a face in the pose asked for
 * - `print`, `repeat`, `mirror`, `grey`: what those in the pose are instead of a head that turned
 * - `person`: those of a head that turned are not the person of the frontal frame
 */
export type FrameStep = 'frontal' | 'pose' | Repeat | 'person';

/**
 * Each turned frame must pass for the person of the frontal one at this rate, by pairs and without
 * mirror images: turned faces lie further apart, and it is the template that decides who it is.
 * This only keeps out frames of strangers, who must not do the turning for a photo: at 1e-2 one of
 * 100 did, and 2 of 100 honest runs were refused for it instead of 6 (`npm run tool -- simulate`).
 */
export const FRAMES_FAR = 1e-3;

/** One frontal frame, and the frames that count for the actions so far. */
export class FrameSequence {
  readonly #engine: Engine;
  readonly #frontal: AlignedFace;
  readonly #frontalShot: Shot;
  readonly #shots: ActionShot[] = [];
  #frontalEmbedding: Promise<Embedding> | undefined;

  private constructor(engine: Engine, frontal: AlignedFace) {
    this.#engine = engine;
    this.#frontal = frontal;
    this.#frontalShot = shotOf(frontal);
  }

  /** @returns undefined where no frame is good enough to be matched, or faces the camera */
  static async begin(
    engine: Engine,
    pictures: Iterable<Uint8Array>,
  ): Promise<FrameSequence | undefined> {
    for (const picture of pictures) {
      const frame = await openFrame(engine, picture);
      if (frame === undefined) continue;
      const { quality } = frame.report;
      if (gateFailures(quality).length > 0 || !facesCamera(quality)) continue;
      return new FrameSequence(engine, frame);
    }
    return undefined;
  }

  /** The frontal frame's embedding: the mean of its crop's and the mirror image's. */
  frontalEmbedding(): Promise<Embedding> {
    this.#frontalEmbedding ??= embed(this.#engine.embedder, [this.#frontal.crop]).then(
      ([embedding]) => embedding as Embedding,
    );
    return this.#frontalEmbedding;
  }

  /** @returns undefined where a frame will do; else the furthest check that any of them failed */
  async add({ action, pictures }: ActionFrames): Promise<FrameStep | undefined> {
    let failed: FrameStep = 'pose';
    for (const picture of pictures) {
      const frame = await openFrame(this.#engine, picture);
      if (frame === undefined) continue;
      if (!performs(action, this.#frontalShot.pose, frame.report.quality)) continue;
      const shot = { action, ...shotOf(frame) };
      const repeat = findRepeat(this.#frontalShot, this.#shots, shot);
      if (repeat !== undefined) {
        if (failed !== 'person') failed = repeat;
        continue;
      }
      if (await this.#isOnePerson(frame.crop)) {
        this.#shots.push(shot);
        return undefined;
      }
      failed = 'person';
    }
    return failed;
  }

  async #isOnePerson(crop: Crop): Promise<boolean> {
    const rate = findRate(this.#engine.calibration, FRAMES_FAR);
    if (rate === undefined) throw new Error(`not calibrated at ${FRAMES_FAR}`);
    const frontal = await this.frontalEmbedding();
    const [embedding] = (await embedPlain(this.#engine.embedder, [crop])) as [Embedding];
    return isMatch(squaredDistance(frontal, embedding), rate);
  }
}

/** @returns undefined for what is no picture of one face */
async function openFrame(engine: Engine, bytes: Uint8Array): Promise<AlignedFace | undefined> {
  try {
    return await detectAndAlignFrame(engine, bytes);
  } catch (error) {
    if (error instanceof Refusal && !error.isOurs) return undefined;
    throw error;
  }
}
