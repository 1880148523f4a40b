/** Challenge and response: what a login's frames must show, after its challenge has been opened and claimed. */
import type { Rate } from '../face/decision/calibration.ts';
import { isMatch } from '../face/decision/match.ts';
import { squaredDistance } from '../face/embedding/distance.ts';
import { dequantize, type Template } from '../face/embedding/template.ts';
import type { Engine } from '../face/pipeline.ts';
import { type ActionFrames, FrameSequence, type FrameStep } from './frame-sequence.ts';

export interface RespondInput {
  /** Bytes of the frames that face the camera: the first that will do is the one that counts. */
  readonly frontal: Iterable<Uint8Array>;
  /** Frames of the actions, in the order that was asked. */
  readonly actions: readonly ActionFrames[];
  readonly template: Template;
  /** Rate of the operating points for templates of so many pictures: `operatingPointsFor`. */
  readonly rate: Rate;
}

/**
 * Step at which an answer failed, for tests and for counting; never for a browser, whom it would
 * teach. The steps of its frames, and `match`: the frontal frame is not the person of the template.
 */
export type Step = FrameStep | 'match';

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly step: Step };

/**
 * Judges an answer. Cheap checks first, the network last; no frame is opened that is not needed.
 */
export async function respond(engine: Engine, input: RespondInput): Promise<Outcome> {
  const sequence = await FrameSequence.begin(engine, input.frontal);
  if (sequence === undefined) return { ok: false, step: 'frontal' };
  for (const frames of input.actions) {
    const failed = await sequence.add(frames);
    if (failed !== undefined) return { ok: false, step: failed };
  }
  const distance = squaredDistance(
    dequantize(input.template.embedding),
    await sequence.frontalEmbedding(),
  );
  return isMatch(distance, input.rate) ? { ok: true } : { ok: false, step: 'match' };
}
