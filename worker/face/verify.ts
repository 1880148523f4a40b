/** The whole of a verification: bytes of two pictures in, decision out. Nothing is kept. */
import { Refusal } from '../errors.ts';
import { align, type Crop } from './align.ts';
import { type Calibration, calibrationFor, type Rate, score } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import type { Finder } from './confirm.ts';
import { openPicture } from './decode/index.ts';
import type { Face } from './detect.ts';
import { embed } from './embed.ts';
import { locate } from './locate.ts';
import type { Network } from './network.ts';
import type { Codecs } from './pixels.ts';
import type { FacePolicy } from './policy.ts';
import { type Quality, quality } from './quality.ts';
import { dequantize, type Template } from './template.ts';

/** All that the pipeline runs on, handed in. */
export interface Engine extends Finder {
  /** The embedding network's name, as answers give it. */
  readonly name: string;
  readonly codecs: Codecs;
  readonly embedder: Network;
  readonly calibration: Calibration;
}

export interface FaceReport extends Face {
  readonly quality: Quality;
}

export interface Verification {
  readonly same: boolean;
  readonly distance: number;
  readonly threshold: number;
  readonly far: number;
  readonly score: number;
  readonly model: string;
  readonly reference: FaceReport;
  readonly probe: FaceReport;
}

export interface VerifyInput {
  readonly reference: Uint8Array;
  readonly probe: Uint8Array;
  readonly rate: Rate;
  readonly faces: FacePolicy;
}

/** Against a template: of the reference there is no picture to report on. */
export type TemplateVerification = Omit<Verification, 'reference'>;

export interface VerifyTemplateInput {
  readonly template: Template;
  readonly probe: Uint8Array;
  /** Of the scale for templates of so many pictures: `calibrationFor`. */
  readonly rate: Rate;
  readonly faces: FacePolicy;
}

/** A face found in a picture, and cut out of it. */
export interface Portrait {
  readonly report: FaceReport;
  readonly crop: Crop;
}

/**
 * Decodes a picture and cuts out the face that is meant.
 *
 * @throws Refusal for whatever is wrong with the picture
 */
export async function portray(
  engine: Pick<Engine, 'codecs' | keyof Finder>,
  bytes: Uint8Array,
  policy: FacePolicy,
): Promise<Portrait> {
  const picture = openPicture(bytes, engine.codecs);
  const { face: posed, close, pyramid } = await locate(engine, picture, policy);
  const { orientation, ...face } = posed;
  const crop = align(pyramid, close.landmarks);
  return { report: { ...face, quality: quality(face.box.width, crop, orientation) }, crop };
}

/**
 * Answers whether two pictures show one person, at the false-accept rate of `rate`.
 *
 * @throws Refusal with the field of the picture at fault
 */
export async function verify(engine: Engine, input: VerifyInput): Promise<Verification> {
  // One after the other: so only one picture's pixels are in memory at a time.
  const reference = await portrayField(engine, input, 'reference');
  const probe = await portrayField(engine, input, 'probe');
  const [a, b] = await embed(engine.embedder, [reference.crop, probe.crop]);
  const distance = squaredDistance(a as Float32Array, b as Float32Array);
  const { far, threshold } = input.rate;
  return {
    same: distance <= threshold,
    distance,
    threshold,
    far,
    score: score(distance, engine.calibration),
    model: engine.name,
    reference: reference.report,
    probe: probe.report,
  };
}

/**
 * Answers whether a picture shows the person of a template, at the false-accept rate of `rate`.
 *
 * @throws Refusal with the field `probe`
 */
export async function verifyTemplate(
  engine: Engine,
  input: VerifyTemplateInput,
): Promise<TemplateVerification> {
  const { template } = input;
  const probe = await portrayField(engine, input, 'probe');
  const [embedding] = await embed(engine.embedder, [probe.crop]);
  const distance = squaredDistance(dequantize(template.embedding), embedding as Float32Array);
  const { far, threshold } = input.rate;
  return {
    same: distance <= threshold,
    distance,
    threshold,
    far,
    score: score(distance, calibrationFor(engine.calibration, template.pictures)),
    model: engine.name,
    probe: probe.report,
  };
}

async function portrayField<Field extends 'reference' | 'probe'>(
  engine: Engine,
  input: { readonly [F in Field]: Uint8Array } & { readonly faces: FacePolicy },
  field: Field,
): Promise<Portrait> {
  try {
    return await portray(engine, input[field], input.faces);
  } catch (error) {
    throw error instanceof Refusal ? error.at(field) : error;
  }
}
