/**
 * Cascade of two networks (Viola and Jones 2001): a fast one compares two faces and decides the clear cases; it
 * defers the rest to a slower, more accurate one. Most pairs of two people lie far apart and most of one person
 * close together, so few are deferred, but at the rarest rates.
 */
import type { Crop } from '../alignment/align.ts';
import { dequantize, type FastTemplate, type Template } from '../embedding/template.ts';
import type { Embedder } from '../network.ts';
import {
  findRate,
  type NetworkPoints,
  type OperatingPoints,
  type Rate,
  verificationPoints,
} from './calibration.ts';
import { isDecisive, mapDistance } from './distance-mapping.ts';
import { distanceOfFaces, distanceOfTemplate } from './early-exit.ts';

/** Rule by which two distances become one. Of a weak fast network, fewer decisions are final, and its weight is 0. */
export interface CascadeRule {
  /** Share of the rate that is asked for; the fast network's "same" is final up to its threshold of that: `near`. */
  readonly sameShare: number;
  /** False-accept rate beyond whose threshold the fast network's "different" is final. */
  readonly differentFar: number;
  /** Weight of the fast network's distance in deferred comparisons, 0 to 1. */
  readonly fastWeight: number;
}

/** Parameters of a cascade for one kind of comparison, at one rate: each network's own operating points, and the rule. */
export interface CascadeParameters {
  readonly fast: OperatingPoints;
  readonly slow: NetworkPoints;
  readonly rule: CascadeRule;
  /** Largest distance by the fast network at which its "same" is final. */
  readonly near: number;
}

/** A rate of a cascade. What the fast network decides depends on the rate, and so do the distances. */
export interface CascadeRate extends Rate {
  /** Largest distance by the fast network at which its "same" is final, at this rate. */
  readonly near: number;
  /** Operating points of the distances that come of this `near`. */
  readonly scale: OperatingPoints;
}

/** A cascade for one kind of comparison, with the rates that it is offered at. */
export interface CascadeOperatingPoints extends Omit<CascadeParameters, 'near'> {
  readonly rates: readonly CascadeRate[];
}

/** Parameters of a cascade at one rate, and the operating points of the distances that come of them. */
export interface CascadeAtRate extends CascadeParameters {
  readonly scale: OperatingPoints;
}

/** @throws Error for a rate that the cascade does not offer */
export function atRate({ rates, ...points }: CascadeOperatingPoints, far: number): CascadeAtRate {
  const rate = findRate({ rates }, far);
  if (rate === undefined) throw new Error(`no rate of ${far} in a cascade`);
  const { near, scale } = rate;
  return { ...points, near, scale };
}

/** Calibration of a cascade: of two pictures, and of templates by their number of pictures, ascending. */
export interface CascadeCalibration {
  readonly pairs: CascadeOperatingPoints;
  readonly templates: readonly CascadeTemplatePoints[];
}

export interface CascadeTemplatePoints extends CascadeOperatingPoints {
  readonly pictures: number;
}

/** The network that `MODEL` names, or, of `FAST+SLOW`, the two of a cascade. */
export function networksOf(model: string): { readonly fast?: string; readonly slow: string } {
  const at = model.indexOf('+');
  return at === -1 ? { slow: model } : { fast: model.slice(0, at), slow: model.slice(at + 1) };
}

/** Name of a cascade, as `MODEL` takes it. */
export function cascadeName({ fast, slow }: Readonly<Record<'fast' | 'slow', string>>): string {
  return `${fast}+${slow}`;
}

/** True where the fast network's distance decides. */
export function fastDecides(
  distance: number,
  { near, fast, rule }: Omit<CascadeParameters, 'slow'>,
): boolean {
  return isDecisive(distance, near, fast, rule.differentFar);
}

/** Weighted mean of both networks' distances, on the fast one's scale. */
export function fuse(
  fastDistance: number,
  slowDistance: number,
  { fast, slow, rule: { fastWeight } }: CascadeParameters,
): number {
  const rescaled = mapDistance(slowDistance, verificationPoints(slow), fast);
  return fastWeight * fastDistance + (1 - fastWeight) * rescaled;
}

/** A cascade that is ready to run. */
export interface Cascade extends CascadeCalibration {
  /** Name that answers give it: both networks'. */
  readonly name: string;
  /** The fast network. */
  readonly embedder: Embedder;
  /** Model id of the fast network, which its part of a template is bound to. */
  readonly fastId: string;
}

/**
 * Distance of two faces by a cascade, on the scale of these parameters.
 *
 * @param parameters of two pictures, at the rate that is asked for
 * @param slow the more accurate network
 */
export function cascadeDistance(
  embedder: Embedder,
  parameters: CascadeParameters,
  slow: Embedder,
  faces: readonly [Crop, Crop],
): Promise<number> {
  return distanceOf(
    parameters,
    () => distanceOfFaces(embedder, faces, parameters.fast),
    () => distanceOfFaces(slow, faces, parameters.slow),
  );
}

/** A template that the fast network has seen the pictures of. */
export interface CascadeTemplate extends Template {
  readonly fast: FastTemplate;
}

/** True where both networks of the cascade have seen the template's pictures. */
export function isOfCascade(
  template: Template,
  { fastId }: Pick<Cascade, 'fastId'>,
): template is CascadeTemplate {
  return template.fast?.model === fastId;
}

/**
 * Distance of a face from a template by a cascade, on the scale of these parameters.
 *
 * @param parameters of templates of as many pictures, at the rate that is asked for
 * @param slow the more accurate network
 */
export function cascadeTemplateDistance(
  embedder: Embedder,
  parameters: CascadeParameters,
  slow: Embedder,
  { embedding, fast }: CascadeTemplate,
  face: Crop,
): Promise<number> {
  return distanceOf(
    parameters,
    () => distanceOfTemplate(embedder, dequantize(fast.embedding), face, parameters.fast),
    () => distanceOfTemplate(slow, dequantize(embedding), face, parameters.slow),
  );
}

/** The fast network's distance where it decides, else both fused. */
async function distanceOf(
  parameters: CascadeParameters,
  byFast: () => Promise<number>,
  bySlow: () => Promise<number>,
): Promise<number> {
  const distance = await byFast();
  return fastDecides(distance, parameters) ? distance : fuse(distance, await bySlow(), parameters);
}
