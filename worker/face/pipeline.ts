/** The pipeline up to the crop: bytes of a picture in, the aligned face that is meant out. */
import { atField } from '../errors.ts';
import { openPicture } from '../image/open.ts';
import type { Codecs } from '../image/pixels.ts';
import { align, type Crop } from './alignment/align.ts';
import type { Face } from './alignment/geometry.ts';
import type { Calibration } from './decision/calibration.ts';
import type { FaceModels } from './detection/confirm.ts';
import { type Located, locate, locateAll } from './detection/locate.ts';
import type { FacePolicy } from './detection/policy.ts';
import type { Embedder } from './network.ts';
import { type Quality, quality } from './quality/quality.ts';

/** All that the pipeline runs on, handed in. */
export interface Engine extends FaceModels {
  /** The embedding network's name, as answers give it. */
  readonly name: string;
  readonly codecs: Codecs;
  readonly embedder: Embedder;
  readonly calibration: Calibration;
}

export interface FaceReport extends Face {
  readonly quality: Quality;
}

/** A face found in a picture, and cut out of it. */
export interface AlignedFace {
  readonly report: FaceReport;
  readonly crop: Crop;
}

/**
 * Decodes a picture and cuts out the face that is meant.
 *
 * @throws Refusal for whatever is wrong with the picture
 */
export async function detectAndAlign(
  engine: Pick<Engine, 'codecs' | keyof FaceModels>,
  bytes: Uint8Array,
  policy: FacePolicy,
): Promise<AlignedFace> {
  const picture = openPicture(bytes, engine.codecs);
  const located = await locate(engine, picture, policy);
  try {
    return cutOut(located);
  } finally {
    located.pyramid.free();
  }
}

/**
 * Decodes a picture and cuts out its faces, the largest first.
 *
 * @param most faces that are taken
 * @throws Refusal for whatever is wrong with the picture, `no_face` among it
 */
export async function* detectAndAlignAll(
  engine: Pick<Engine, 'codecs' | keyof FaceModels>,
  bytes: Uint8Array,
  most: number,
): AsyncGenerator<AlignedFace> {
  const picture = openPicture(bytes, engine.codecs);
  for await (const located of locateAll(engine, picture, most)) yield cutOut(located);
}

/** The crop of a located face, with its report. */
export function cutOut({ face: posed, pyramid }: Located): AlignedFace {
  const { orientation, ...face } = posed;
  const crop = align(pyramid, face.landmarks);
  return { report: { ...face, quality: quality(face.box.width, crop, orientation) }, crop };
}

/**
 * The same for a named field of a request.
 *
 * @throws Refusal with the field of the picture at fault
 */
export async function detectAndAlignField(
  engine: Pick<Engine, 'codecs' | keyof FaceModels>,
  bytes: Uint8Array,
  policy: FacePolicy,
  field: string,
): Promise<AlignedFace> {
  return atField(field, () => detectAndAlign(engine, bytes, policy));
}
