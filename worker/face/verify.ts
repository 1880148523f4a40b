/** The whole of a verification: bytes of two pictures in, decision out. Nothing is kept. */
import { operatingPointsFor, type Rate, score } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import { embed } from './embed.ts';
import { detectAndAlignField, type Engine, type FaceReport } from './pipeline.ts';
import type { FacePolicy } from './policy.ts';
import { dequantize, type Template } from './template.ts';

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
  /** Rate of the operating points for templates of so many pictures: `operatingPointsFor`. */
  readonly rate: Rate;
  readonly faces: FacePolicy;
}

/**
 * Answers whether two pictures show one person, at the false-accept rate of `rate`.
 *
 * @throws Refusal with the field of the picture at fault
 */
export async function verify(engine: Engine, input: VerifyInput): Promise<Verification> {
  // One after the other: so only one picture's pixels are in memory at a time.
  const reference = await detectAndAlignField(engine, input.reference, input.faces, 'reference');
  const probe = await detectAndAlignField(engine, input.probe, input.faces, 'probe');
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
  const probe = await detectAndAlignField(engine, input.probe, input.faces, 'probe');
  const [embedding] = await embed(engine.embedder, [probe.crop]);
  const distance = squaredDistance(dequantize(template.embedding), embedding as Float32Array);
  const { far, threshold } = input.rate;
  return {
    same: distance <= threshold,
    distance,
    threshold,
    far,
    score: score(distance, operatingPointsFor(engine.calibration, template.pictures)),
    model: engine.name,
    probe: probe.report,
  };
}
