/** From pictures of one person to a template. Nothing is kept. */
import { Refusal } from '../errors.ts';
import { type Calibration, findRate, type Rate } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import { type Embedding, embed } from './embed.ts';
import { gateFailures } from './enrolment-gates.ts';
import { type AlignedFace, detectAndAlignField, type Engine, type FaceReport } from './pipeline.ts';
import { meanUnit, quantize, type Template } from './template.ts';

export interface Enrolment extends Template {
  /** Of each picture, in their order. */
  readonly reports: readonly FaceReport[];
}

/** Pictures further apart than impostors are at this rate do not pass for one person. */
export const SAME_PERSON_FAR = 1e-3;

/** @throws Refusal `not_configured` where the model is not calibrated at that rate */
export function onePersonRate(calibration: Pick<Calibration, 'rates'>): Rate {
  const rate = findRate(calibration, SAME_PERSON_FAR);
  if (rate) return rate;
  const detail = `The model is not calibrated at a false-accept rate of ${SAME_PERSON_FAR}.`;
  throw new Refusal({ code: 'not_configured', detail });
}

/** Every pair must pass, since one stranger's picture among five would let the stranger in. */
export function areOnePerson(embeddings: readonly Embedding[], { threshold }: Rate): boolean {
  return embeddings.every((a, i) =>
    embeddings.slice(0, i).every((b) => squaredDistance(a, b) <= threshold),
  );
}

/**
 * Makes a template of one picture or more.
 *
 * @throws Refusal naming the picture at fault: `image`, or `image[i]` where there are several; or
 * `low_quality` because of `different_people`, which is the fault of no one picture
 */
export async function enrol(engine: Engine, images: readonly Uint8Array[]): Promise<Enrolment> {
  const faces: AlignedFace[] = [];
  // One after the other: so only one picture's pixels are in memory at a time.
  for (const [i, image] of images.entries()) {
    const field = images.length === 1 ? 'image' : `image[${i}]`;
    faces.push(await detectAndAlignGood(engine, image, field));
  }
  // One run each: a run of ten crops would grow the network's memory, which never shrinks.
  const embeddings: Embedding[] = [];
  for (const { crop } of faces) embeddings.push(...(await embed(engine.embedder, [crop])));
  if (!areOnePerson(embeddings, onePersonRate(engine.calibration))) {
    throw new Refusal({
      code: 'low_quality',
      detail: 'The pictures do not pass for pictures of one person.',
      reasons: ['different_people'],
    });
  }
  return {
    embedding: quantize(meanUnit(embeddings)),
    pictures: faces.length,
    reports: faces.map(({ report }) => report),
  };
}

async function detectAndAlignGood(
  engine: Engine,
  image: Uint8Array,
  field: string,
): Promise<AlignedFace> {
  const face = await detectAndAlignField(engine, image, 'dominant', field);
  const reasons = gateFailures(face.report.quality);
  if (reasons.length > 0) {
    const detail = `The picture is not good enough to enrol by: ${reasons.join(', ')}.`;
    throw new Refusal({ code: 'low_quality', detail, reasons, field });
  }
  return face;
}
