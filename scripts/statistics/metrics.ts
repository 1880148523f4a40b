/**
 * VAL, FAR and the ROC curve of a verifier, from the distances of genuine and impostor pairs.
 *
 * Definitions are those of FaceNet (arXiv:1503.03832, section 4): of all pairs of one person,
 * VAL(d) is the share at distance d or less; FAR(d) is that share of all pairs of two people.
 * Distances are squared L2, sorted ascending by the caller (`sorted`). A refused picture has no
 * distance: its pairs stand at Infinity, which is a non-match at every threshold.
 */

export type Distances = Float64Array;

export function sorted(distances: Iterable<number>): Distances {
  return Float64Array.from(distances).sort();
}

/** Number of the sorted distances at or below `threshold`. */
export function countWithin(distances: Distances, threshold: number): number {
  let low = 0;
  let high = distances.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((distances[middle] as number) <= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** VAL(d) of genuine pairs, or FAR(d) of impostor pairs. NaN where there are no pairs. */
export function shareWithin(distances: Distances, threshold: number): number {
  return countWithin(distances, threshold) / distances.length;
}

export interface Threshold {
  /** Squared L2 distance: that of an impostor pair. */
  readonly threshold: number;
  /** Impostor pairs at or below it: what the estimate rests on. */
  readonly pairs: number;
}

/**
 * The largest impostor distance d with FAR(d) <= far.
 *
 * @returns undefined where not even the closest impostor pair may be accepted
 */
export function thresholdAt(impostors: Distances, far: number): Threshold | undefined {
  // The tiny term only undoes rounding: 1e-5 x 4,500,000 must be 45.
  let pairs = Math.min(impostors.length, Math.floor(far * impostors.length + 1e-9));
  // A threshold accepts all pairs that tie with it, or none of them.
  while (pairs > 0 && impostors[pairs - 1] === impostors[pairs]) pairs--;
  if (pairs === 0) return undefined;
  const threshold = impostors[pairs - 1] as number;
  return Number.isFinite(threshold) ? { threshold, pairs } : undefined;
}

/**
 * Area under the ROC curve: how often a genuine pair is closer than an impostor pair, ties
 * counting half.
 */
export function areaUnderCurve(genuine: Distances, impostors: Distances): number {
  let closer = 0;
  let below = 0;
  let within = 0;
  for (const distance of genuine) {
    while (below < impostors.length && (impostors[below] as number) < distance) below++;
    within = Math.max(within, below);
    while (within < impostors.length && (impostors[within] as number) <= distance) within++;
    closer += impostors.length - within + (within - below) / 2;
  }
  return closer / (genuine.length * impostors.length);
}

export interface RocPoint {
  readonly far: number;
  readonly val: number;
}

/** The ROC curve at false-accept rates evenly spaced in their logarithm, rarest first. */
export function rocCurve(genuine: Distances, impostors: Distances, perDecade = 10): RocPoint[] {
  const decades = Math.floor(Math.log10(impostors.length));
  const points: RocPoint[] = [];
  for (let step = -decades * perDecade; step <= 0; step++) {
    const far = 10 ** (step / perDecade);
    const at = thresholdAt(impostors, far);
    if (at !== undefined) points.push({ far, val: shareWithin(genuine, at.threshold) });
  }
  return points;
}

/** Shares of the finite distances in bins of `width` from 0 to 4, the largest distance there is. */
export function histogram(distances: Distances, width: number): number[] {
  const bins = new Array<number>(Math.round(4 / width)).fill(0);
  const finite = countWithin(distances, 4.5);
  for (let i = 0; i < finite; i++) {
    const bin = Math.min(bins.length - 1, Math.floor((distances[i] as number) / width));
    bins[bin] = (bins[bin] as number) + 1 / finite;
  }
  return bins;
}
