/** The whole of a verification: bytes of two pictures in, decision out. Nothing is kept. */
import type { Crop } from './alignment/align.ts';
import {
  type OfferedRates,
  type OperatingPoints,
  operatingPointsFor,
  type Rate,
  score,
  verificationPoints,
} from './decision/calibration.ts';
import {
  atRate,
  type Cascade,
  cascadeDistance,
  cascadeTemplateDistance,
  isOfCascade,
} from './decision/cascade.ts';
import { distanceOfFaces, distanceOfTemplate } from './decision/early-exit.ts';
import { isMatch } from './decision/match.ts';
import type { FacePolicy } from './detection/policy.ts';
import { dequantize, type Template } from './embedding/template.ts';
import { detectAndAlignField, type Engine, type FaceReport } from './pipeline.ts';
import {
  enforceFloor,
  type QualityPolicy,
  type UndecidedReasons,
  undecidedProbe,
  undecidedReasons,
} from './quality/quality-floor.ts';

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

/** Verification against a template: there is no reference picture to report on. */
export type TemplateVerification = Omit<Verification, 'reference'>;
export type TemplateUndecided = Omit<Undecided, 'reference'>;

export interface VerifyTemplateInput {
  readonly template: Template;
  readonly probe: Uint8Array;
  /** Rate of `templateRates`. */
  readonly rate: Rate;
  readonly faces: FacePolicy;
  /** Default: `enforce`. */
  readonly quality?: QualityPolicy | undefined;
}

/**
 * Verification of two pictures: whether they show one person, at the false-accept rate of `rate`.
 *
 * @param cascade whose fast network decides the clear cases
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
  const comparison = comparisonOfPictures(engine, input.rate, cascade);
  const distance = await comparison.distance(faces);
  const answer = {
    distance,
    model: comparison.model,
    reference: reference.report,
    probe: probe.report,
  };
  if (reasons !== undefined) return { ...answer, reasons };
  return { ...decision(distance, input.rate, comparison.scale), ...answer };
}

/**
 * Verification of a picture against a template, at the false-accept rate of `rate`.
 *
 * @param cascade used where the template has the fast network's embedding too
 * @throws Refusal with the field `probe`
 */
export async function verifyTemplate(
  engine: Engine,
  input: VerifyTemplateInput,
  cascade?: Cascade,
): Promise<TemplateVerification | TemplateUndecided> {
  const comparison = comparisonOfTemplate(engine, input.template, input.rate, cascade);
  const probe = await detectAndAlignField(engine, input.probe, input.faces, 'probe');
  const reasons = undecidedProbe(probe.report.quality);
  enforceFloor(reasons, input.quality);
  const distance = await comparison.distance(probe.crop);
  const answer = { distance, model: comparison.model, probe: probe.report };
  if (reasons !== undefined) return { ...answer, reasons };
  return { ...decision(distance, input.rate, comparison.scale), ...answer };
}

/**
 * Rates that are offered for comparisons with a template.
 *
 * @throws Refusal `not_configured` where the model was not calibrated for templates
 */
export function templateRates(
  { calibration }: Pick<Engine, 'calibration'>,
  template: Template,
  cascade?: Cascade,
): OfferedRates {
  if (cascade !== undefined && isOfCascade(template, cascade)) {
    return operatingPointsFor(cascade, template.pictures);
  }
  return verificationPoints(operatingPointsFor(calibration, template.pictures));
}

/** A comparison at one rate, of what is compared. */
interface Comparison<Compared> {
  /** Name of what measures. */
  readonly model: string;
  /** Operating points of the distances. */
  readonly scale: OperatingPoints;
  distance(compared: Compared): Promise<number>;
}

/** The cascade's, where there is one, else the engine's own. */
function comparisonOfPictures(
  { name, embedder, calibration }: Engine,
  { far }: Rate,
  cascade: Cascade | undefined,
): Comparison<readonly [Crop, Crop]> {
  if (cascade !== undefined) {
    const parameters = atRate(cascade.pairs, far);
    return {
      model: cascade.name,
      scale: parameters.scale,
      distance: (faces) => cascadeDistance(cascade.embedder, parameters, embedder, faces),
    };
  }
  return {
    model: name,
    scale: verificationPoints(calibration),
    distance: (faces) => distanceOfFaces(embedder, faces, calibration),
  };
}

/** The cascade's where its fast network has seen the template's pictures, else the engine's own. */
function comparisonOfTemplate(
  { name, embedder, calibration }: Engine,
  template: Template,
  { far }: Rate,
  cascade: Cascade | undefined,
): Comparison<Crop> {
  if (cascade !== undefined && isOfCascade(template, cascade)) {
    const parameters = atRate(operatingPointsFor(cascade, template.pictures), far);
    return {
      model: cascade.name,
      scale: parameters.scale,
      distance: (face) =>
        cascadeTemplateDistance(cascade.embedder, parameters, embedder, template, face),
    };
  }
  const points = operatingPointsFor(calibration, template.pictures);
  const reference = dequantize(template.embedding);
  return {
    model: name,
    scale: verificationPoints(points),
    distance: (face) => distanceOfTemplate(embedder, reference, face, points),
  };
}

function decision(distance: number, rate: Rate, points: OperatingPoints) {
  const { far, threshold } = rate;
  return { same: isMatch(distance, rate), threshold, far, score: score(distance, points) };
}
