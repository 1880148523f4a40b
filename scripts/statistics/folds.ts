/**
 * Accuracy by the protocol of LFW view 2 (Huang et al. 2007): pairs come in folds, each fold is
 * judged at the threshold that is best on all others.
 */

export interface Judged {
  readonly same: boolean;
  readonly fold: number;
  /** Squared L2; undefined where a picture was refused: such a pair is wrong at any threshold. */
  readonly distance: number | undefined;
}

export interface FoldAccuracy {
  readonly mean: number;
  /** Standard error of the mean: the folds' sample deviation over the root of their number. */
  readonly standardError: number;
  /** Folds in the order of their numbers. */
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

/** @throws Error with fewer than two folds: there would be nothing to choose the threshold on */
export function foldAccuracy(pairs: readonly Judged[]): FoldAccuracy {
  const numbers = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  if (numbers.length < 2) throw new Error('accuracy by folds needs two folds or more');
  const folds = numbers.map((number) => {
    const threshold = bestThreshold(pairs.filter(({ fold }) => fold !== number));
    const mine = pairs.filter(({ fold }) => fold === number);
    return { accuracy: accuracyAt(mine, threshold), threshold };
  });
  const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
  const squares = folds.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (folds.length - 1) / folds.length), folds };
}

export function accuracyAt(pairs: readonly Judged[], threshold: number): number {
  const right = pairs.filter(
    ({ same, distance }) => distance !== undefined && distance <= threshold === same,
  );
  return right.length / pairs.length;
}

/**
 * The distance at which most pairs are judged rightly. Where several are equally good it is the
 * middle one of them, so that the choice does not lie at the edge of what is good.
 */
export function bestThreshold(pairs: readonly Judged[]): number {
  const known = pairs
    .flatMap(({ same, distance }) => (distance === undefined ? [] : [{ same, distance }]))
    .sort((a, b) => a.distance - b.distance);
  // Right answers at a threshold below all distances, relative to which the others are counted.
  let right = 0;
  let most = 0;
  let best: number[] = [];
  for (const [i, { same, distance }] of known.entries()) {
    right += same ? 1 : -1;
    if (distance === known[i + 1]?.distance) continue; // not a threshold between the two
    if (right > most) {
      most = right;
      best = [];
    }
    if (right === most) best.push(distance);
  }
  return best[best.length >> 1] ?? 0;
}
