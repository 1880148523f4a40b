/** Enrolment: from pictures of one person to a template. Nothing is kept. */
import { Refusal } from '../errors.ts';
import { type Calibration, findRate, type Rate } from './decision/calibration.ts';
import type { Cascade } from './decision/cascade.ts';
import { isMatch } from './decision/match.ts';
import { squaredDistance } from './embedding/distance.ts';
import { type Embedding, embed } from './embedding/embed.ts';
import { meanUnit, quantize, type Template } from './embedding/template.ts';
import { type AlignedFace, detectAndAlignField, type Engine, type FaceReport } from './pipeline.ts';
import { adviceOn } from './quality/advice.ts';
import { gateFailures } from './quality/enrolment-gates.ts';

export interface Enrolment extends Template {
  /** Report of each picture, in their order. */
  readonly reports: readonly FaceReport[];
  /** Largest distance between any two of the pictures; null where there is one. */
  readonly largestDistance: number | null;
}

/**
 * Pictures further apart than impostors are at this rate do not pass for one person. Of the people
 * that experiments choose by, whose photos are years apart, 15 % of enrolments of two photos are
 * lost by it, 25 % of three and 33 % of five; at 1e-3 it would be 10, 17 and 28 %. A stranger among
 * them passes in 9e-5 of two, 1e-5 of three and 9e-6 of five; at 1e-3 in 8e-4, 1e-4 and 6e-5. 1e-5
 * would lose 23, 36 and 49 %, and rests on 44 impostor pairs (`npm run tool -- sittings`).
 */
export const ENROLMENT_FAR = 1e-4;

/**
 * Squared distance under which two pictures are copies of one. Of 1,996 pairs of photos of one
 * person none is nearer than 0.07; saved again at the same size they are at some 0.01. Small, since
 * frames of one person who holds still are like each other too.
 */
const COPY_DISTANCE = 0.01;

/** @throws Refusal `not_configured` where the model is not calibrated at that rate */
function onePersonRate(calibration: Pick<Calibration, 'rates'>): Rate {
  const rate = findRate(calibration, ENROLMENT_FAR);
  if (rate) return rate;
  const detail = `The model is not calibrated at a false-accept rate of ${ENROLMENT_FAR}.`;
  throw new Refusal({ code: 'not_configured', detail });
}

/** Every pair must pass, since one stranger's picture among five would let the stranger in. */
export function areOnePerson(embeddings: readonly Embedding[], rate: Rate): boolean {
  return embeddings.every((a, i) =>
    embeddings.slice(0, i).every((b) => isMatch(squaredDistance(a, b), rate)),
  );
}

/**
 * Makes a template of one picture or more.
 *
 * @param cascade a fast network that is to know the template too
 * @throws Refusal naming the picture at fault: `image`, or `image[i]` where there are several; or
 * `low_quality` because of `different_people`, which is the fault of no one picture
 */
export async function enrol(
  engine: Engine,
  images: readonly Uint8Array[],
  cascade?: Pick<Cascade, 'embedder' | 'fastId'>,
): Promise<Enrolment> {
  const faces: AlignedFace[] = [];
  // One after the other: so only one picture's pixels are in memory at a time.
  for (const [i, image] of images.entries()) {
    const field = images.length === 1 ? 'image' : `image[${i}]`;
    faces.push(await detectAndAlignGood(engine, image, field));
  }
  const crops = faces.map(({ crop }) => crop);
  const embeddings = await embed(engine.embedder, crops);
  if (!areOnePerson(embeddings, onePersonRate(engine.calibration))) {
    throw new Refusal({
      code: 'low_quality',
      detail:
        'The pictures do not pass for pictures of one person. Send pictures of one person, taken about the same time.',
      reasons: ['different_people'],
    });
  }
  refuseCopies(embeddings);
  const fast = cascade && {
    model: cascade.fastId,
    embedding: quantize(meanUnit(await embed(cascade.embedder, crops))),
  };
  return {
    embedding: quantize(meanUnit(embeddings)),
    ...(fast && { fast }),
    pictures: faces.length,
    reports: faces.map(({ report }) => report),
    largestDistance: largestDistance(embeddings),
  };
}

/**
 * Refuses copies of one picture: their template would claim several pictures, and be judged by thresholds that
 * are not its own.
 *
 * @throws Refusal `low_quality` because of `same_picture`, naming the later of two
 */
function refuseCopies(embeddings: readonly Embedding[]): void {
  for (const [i, a] of embeddings.entries()) {
    const copied = embeddings.slice(0, i).findIndex((b) => squaredDistance(a, b) < COPY_DISTANCE);
    if (copied < 0) continue;
    throw new Refusal({
      code: 'low_quality',
      detail: `The picture is a copy of \`image[${copied}]\`: send pictures taken one by one.`,
      reasons: ['same_picture'],
      field: `image[${i}]`,
    });
  }
}

function largestDistance(embeddings: readonly Embedding[]): number | null {
  if (embeddings.length < 2) return null;
  const distances = embeddings.flatMap((a, i) =>
    embeddings.slice(0, i).map((b) => squaredDistance(a, b)),
  );
  return Math.max(...distances);
}

async function detectAndAlignGood(
  engine: Engine,
  image: Uint8Array,
  field: string,
): Promise<AlignedFace> {
  const face = await detectAndAlignField(engine, image, 'dominant', field).catch(withoutPolicy);
  const reasons = gateFailures(face.report.quality);
  if (reasons.length > 0) {
    const detail = `The picture is not good enough to enrol by: ${reasons.join(', ')}. ${adviceOn(reasons)}`;
    throw new Refusal({ code: 'low_quality', detail, reasons, field });
  }
  return face;
}

/** Refusal of several faces with advice for a request that has no field `faces` to choose by. */
function withoutPolicy(error: unknown): never {
  if (!(error instanceof Refusal) || error.failure.code !== 'multiple_faces') throw error;
  throw new Refusal({
    ...error.failure,
    cure: 'Cut the picture to one face, or send another one.',
  });
}
