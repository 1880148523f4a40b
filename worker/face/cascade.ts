/**
 * Cascade of two networks (Viola and Jones 2001): a fast one compares two faces, and a more accurate
 * one is asked only where the fast one is not sure. Most pairs of two people lie far apart, and most of
 * one person near, so that few are asked about.
 */
import type { Crop } from './align.ts';
import { type ExitingPoints, type OperatingPoints, verificationPoints } from './calibration.ts';
import { distanceOfFaces, distanceOfTemplate } from './early-exit.ts';
import type { Embedder } from './network.ts';
import { isSure, rescale } from './sureness.ts';
import { dequantize, type FastTemplate, type Template } from './template.ts';

/** Rule by which two distances become one: a weak network decides less, and has no vote where both are asked. */
export interface CascadeRule {
  /** False-accept rate up to whose threshold the fast network's "same" is taken. The threshold is measured for each kind of comparison: `near`. */
  readonly sameFar: number;
  /** False-accept rate beyond whose threshold the fast network's "different" is taken. */
  readonly differentFar: number;
  /** Weight of the fast network's distance where both are asked, 0 to 1. */
  readonly fastWeight: number;
}

/** The operating points of each network by itself, of one kind of comparison, and the cascade's rule. */
export interface CascadePoints {
  readonly fast: OperatingPoints;
  readonly slow: ExitingPoints;
  readonly rule: CascadeRule;
  /** Distance by the fast network up to which its "same" is taken. */
  readonly near: number;
}

/** The same, and those of the cascade's own distances. */
export interface CascadeScale extends CascadePoints {
  readonly points: OperatingPoints;
}

/** The scales of two pictures, and of templates by their number of pictures, ascending. */
export interface CascadeScales {
  readonly pairs: CascadeScale;
  readonly templates: readonly CascadeTemplateScale[];
}

export interface CascadeTemplateScale extends CascadeScale {
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
  { near, fast, rule }: Omit<CascadePoints, 'slow'>,
): boolean {
  return isSure(distance, near, fast, rule.differentFar);
}

/** Weighted mean of both networks' distances, on the fast one's scale. */
export function fuse(
  fastDistance: number,
  slowDistance: number,
  { fast, slow, rule: { fastWeight } }: CascadePoints,
): number {
  const rescaled = rescale(slowDistance, verificationPoints(slow), fast);
  return fastWeight * fastDistance + (1 - fastWeight) * rescaled;
}

/** A cascade that is ready to run. */
export interface Cascade extends CascadeScales {
  /** Name that answers give it: both networks'. */
  readonly name: string;
  /** The fast network. */
  readonly embedder: Embedder;
  /** Model id of the fast network, which its part of a template is bound to. */
  readonly fastId: string;
}

/**
 * Distance of two faces by a cascade, on the scale of `cascade.pairs.points`.
 *
 * @param slow the more accurate network
 */
export function cascadeDistance(
  { embedder, pairs }: Cascade,
  slow: Embedder,
  faces: readonly [Crop, Crop],
): Promise<number> {
  return distanceOf(
    pairs,
    () => distanceOfFaces(embedder, faces, pairs.fast),
    () => distanceOfFaces(slow, faces, pairs.slow),
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
 * Distance of a face from a template by a cascade, on the scale of `scale.points`.
 *
 * @param scale that of templates of so many pictures
 */
export function cascadeTemplateDistance(
  { embedder, scale }: Pick<Cascade, 'embedder'> & { readonly scale: CascadeScale },
  slow: Embedder,
  { embedding, fast }: CascadeTemplate,
  face: Crop,
): Promise<number> {
  return distanceOf(
    scale,
    () => distanceOfTemplate(embedder, dequantize(fast.embedding), face, scale.fast),
    () => distanceOfTemplate(slow, dequantize(embedding), face, scale.slow),
  );
}

/** The fast network's distance where it decides, else both fused. */
async function distanceOf(
  points: CascadePoints,
  byFast: () => Promise<number>,
  bySlow: () => Promise<number>,
): Promise<number> {
  const distance = await byFast();
  return fastDecides(distance, points) ? distance : fuse(distance, await bySlow(), points);
}
