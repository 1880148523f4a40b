/** The whole of a verification: bytes of two pictures in, decision out. Nothing is kept. */
import type { Crop } from './align.ts';
import {
  type OperatingPoints,
  operatingPointsFor,
  type Rate,
  score,
  verificationPoints,
} from './calibration.ts';
import { type Cascade, cascadeDistance, cascadeTemplateDistance, isOfCascade } from './cascade.ts';
import { distanceOfFaces, distanceOfTemplate } from './early-exit.ts';
import { detectAndAlignField, type Engine, type FaceReport } from './pipeline.ts';
import type { FacePolicy } from './policy.ts';
import {
  enforceFloor,
  type QualityPolicy,
  type UndecidedReasons,
  undecidedProbe,
  undecidedReasons,
} from './quality-floor.ts';
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

/** A distance that decides nothing, since a picture is below the quality floor. */
export interface Undecided
  extends Pick<Verification, 'distance' | 'model' | 'reference' | 'probe'> {
  readonly reasons: UndecidedReasons;
}

export interface VerifyInput {
  readonly reference: Uint8Array;
  readonly probe: Uint8Array;
  /** Rate of the network's operating points (`verificationPoints`), or of the cascade's. */
  readonly rate: Rate;
  readonly faces: FacePolicy;
  /** Default: `enforce`. */
  readonly quality?: QualityPolicy | undefined;
}

/** Against a template: of the reference there is no picture to report on. */
export type TemplateVerification = Omit<Verification, 'reference'>;
export type TemplateUndecided = Omit<Undecided, 'reference'>;

export interface VerifyTemplateInput {
  readonly template: Template;
  readonly probe: Uint8Array;
  /** Rate of `templatePoints`. */
  readonly rate: Rate;
  readonly faces: FacePolicy;
  /** Default: `enforce`. */
  readonly quality?: QualityPolicy | undefined;
}

/**
 * Answers whether two pictures show one person, at the false-accept rate of `rate`.
 *
 * @param cascade a fast network that looks first
 * @throws Refusal with the field of the picture at fault
 */
export async function verify(
  engine: Engine,
  input: VerifyInput,
  cascade?: Cascade,
): Promise<Verification | Undecided> {
  // One after the other: so only one picture's pixels are in memory at a time.
  const reference = await detectAndAlignField(engine, input.reference, input.faces, 'reference');
  const probe = await detectAndAlignField(engine, input.probe, input.faces, 'probe');
  const reasons = undecidedReasons(reference.report.quality, probe.report.quality);
  enforceFloor(reasons, input.quality);
  const faces = [reference.crop, probe.crop] as const;
  const distance =
    cascade === undefined
      ? await distanceOfFaces(engine.embedder, faces, engine.calibration)
      : await cascadeDistance(cascade, engine.embedder, faces);
  const answer = {
    distance,
    model: cascade?.name ?? engine.name,
    reference: reference.report,
    probe: probe.report,
  };
  if (reasons !== undefined) return { ...answer, reasons };
  const points = cascade?.pairs.points ?? verificationPoints(engine.calibration);
  return { ...decision(distance, input.rate, points), ...answer };
}

/**
 * Answers whether a picture shows the person of a template, at the false-accept rate of `rate`.
 *
 * @param cascade a fast network, which looks first where it has seen the template's pictures too
 * @throws Refusal with the field `probe`
 */
export async function verifyTemplate(
  engine: Engine,
  input: VerifyTemplateInput,
  cascade?: Cascade,
): Promise<TemplateVerification | TemplateUndecided> {
  const { template } = input;
  const probe = await detectAndAlignField(engine, input.probe, input.faces, 'probe');
  const reasons = undecidedProbe(probe.report.quality);
  enforceFloor(reasons, input.quality);
  const { distance, model } = await templateDistance(engine, template, probe.crop, cascade);
  const answer = { distance, model, probe: probe.report };
  if (reasons !== undefined) return { ...answer, reasons };
  const points = templatePoints(engine, template, cascade);
  return { ...decision(distance, input.rate, points), ...answer };
}

/**
 * Operating points that decide about a template.
 *
 * @throws Refusal `not_configured` where the model was not calibrated for templates
 */
export function templatePoints(
  { calibration }: Pick<Engine, 'calibration'>,
  template: Template,
  cascade?: Cascade,
): OperatingPoints {
  if (cascade !== undefined && isOfCascade(template, cascade)) {
    return operatingPointsFor(cascade, template.pictures).points;
  }
  return verificationPoints(operatingPointsFor(calibration, template.pictures));
}

/** The distance, and the name of what measured it. */
async function templateDistance(
  { name, embedder, calibration }: Engine,
  template: Template,
  face: Crop,
  cascade: Cascade | undefined,
): Promise<{ distance: number; model: string }> {
  if (cascade !== undefined && isOfCascade(template, cascade)) {
    const scale = operatingPointsFor(cascade, template.pictures);
    const fast = { embedder: cascade.embedder, scale };
    const distance = await cascadeTemplateDistance(fast, embedder, template, face);
    return { distance, model: cascade.name };
  }
  const scale = operatingPointsFor(calibration, template.pictures);
  const reference = dequantize(template.embedding);
  return { distance: await distanceOfTemplate(embedder, reference, face, scale), model: name };
}

function decision(distance: number, { far, threshold }: Rate, points: OperatingPoints) {
  return { same: distance <= threshold, threshold, far, score: score(distance, points) };
}
