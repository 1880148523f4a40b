/** Confidence intervals for shares, and the bootstrap over identities. */

export type Interval = readonly [low: number, high: number];

/** The normal quantile of a two-sided 95 % interval. */
const Z = 1.959964;

/** Wilson's score interval (1927), 95 %, for `hits` of `count` independent trials. */
export function wilson(hits: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const share = hits / count;
  const middle = share + (Z * Z) / (2 * count);
  const half = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  const scale = 1 + (Z * Z) / count;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/**
 * Clopper and Pearson's exact interval (1934), 95 %: never too narrow, so for rates that rest on
 * a few events.
 */
export function clopperPearson(hits: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const low = hits === 0 ? 0 : betaQuantile(0.025, hits, count - hits + 1);
  const high = hits === count ? 1 : betaQuantile(0.975, hits + 1, count - hits);
  return [low, high];
}

/**
 * Interval of a share that was drawn by resampling. Where none or all are hits every draw says the same, as
 * if the share were known for sure: Clopper and Pearson's interval stands there, over what was counted.
 */
export function exactAtEnds(drawn: Interval, hits: number, count: number): Interval {
  return hits === 0 || hits === count ? clopperPearson(hits, count) : drawn;
}

/**
 * Quantile of the beta distribution by bisection; to the last bit, since the smallest rates matter
 * most.
 */
function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22).
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  // The fraction converges fast below the mean; above it the mirrored function is taken.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const tiny = 1e-300;
  const nonzero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  const front = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(front) * fraction) / a;
}

/** Stirling's series, from 10 up; below that by recurrence. Good to 1e-12. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 10; y++) shift -= Math.log(y);
  const y2 = y * y;
  const series =
    1 / (12 * y) - 1 / (360 * y * y2) + 1 / (1260 * y * y2 * y2) - 1 / (1680 * y * y2 * y2 * y2);
  return shift + (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * The middle 95 % of samples. Draws that left nothing to count (NaN) say nothing and are left out.
 */
export function percentiles(samples: Float64Array): Interval {
  const ordered = samples.filter((sample) => !Number.isNaN(sample)).sort();
  if (ordered.length === 0) return [0, 1];
  const at = (share: number) => ordered[Math.round(share * (ordered.length - 1))] as number;
  return [at(0.025), at(0.975)];
}

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers below `count` in a random order (Fisher and Yates). */
export function shuffled(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

/** Number of times that each of `count` items is drawn in `count` draws with replacement. */
export function resample(count: number, next: () => number): Uint16Array {
  const times = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const drawn = Math.floor(next() * count);
    times[drawn] = (times[drawn] as number) + 1;
  }
  return times;
}
