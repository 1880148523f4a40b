/**
 * Test of one aligned face being another one warped: the same sheet turned, tilted or bent, or the
 * same frame again. One crop is laid over the other by the map that fits best among those that a
 * tilted, bent sheet can give; where little but noise is left over, both show one flat picture. A
 * head that turns leaves more: its nose stands out, and no such map takes one view to the other.
 */
import { alignment, CROP_HEIGHT, CROP_WIDTH, type Crop } from '../face/alignment/align.ts';
import type { Landmarks, Point } from '../face/alignment/geometry.ts';
import { luma } from '../image/luma.ts';
import { type Matrix, solver } from './least-squares.ts';

interface Grey {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** A face made ready to be laid over others. */
export interface RegistrationTarget {
  /** Luma of the crop at 1, 1/2, 1/4, 1/8. */
  readonly levels: readonly Grey[];
  /** Eyes, nose and mouth, in the crop. */
  readonly points: readonly Point[];
  /** Solver of the warp that fits the still face, by level and terms; made when first asked for. */
  readonly fits: Map<string, Fit>;
}

/** The part of the crop that is laid over the other: brows to chin, ear to ear. In crop pixels. */
const PART = { left: 18, right: 98, top: 42, bottom: 122 } as const;

/** Terms of the map, in place: 1, x, y, then x², xy, y² for tilt at close range and for bends. */
const AFFINE = 3;
const QUADRATIC = 6;
type Terms = typeof AFFINE | typeof QUADRATIC;

/** Times that a step is repeated at most; mostly it has settled long before. */
const ROUNDS = 12;
/** Change of a coefficient under which a map has settled, in half sides of the part. */
const SETTLED = 1e-3;
/** A step that loses this much of the correlation runs away. */
const DIVERGENCE_TOLERANCE = 0.02;
/** Correlation of the blurred faces under which the sharp ones will not do better. */
const COARSE_REJECT_NCC = 0.93;

/**
 * Steps of the search, coarse to fine: halvings of the crop, and terms. A blurrier start finds
 * strong tilts, a sharper one small faces; the better end counts.
 */
const FINE = [
  [2, QUADRATIC],
  [1, QUADRATIC],
] as const;
const SEARCHES = [
  [[3, AFFINE], [2, AFFINE], ...FINE],
  [[2, AFFINE], ...FINE],
] as const satisfies readonly (readonly [number, Terms])[][];
const HALVINGS = 3;

export function registrationTarget(crop: Crop, landmarks: Landmarks): RegistrationTarget {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  const values = new Float32Array(plane);
  for (let i = 0; i < plane; i++) {
    const red = crop[i] as number;
    values[i] = luma(red, crop[i + plane] as number, crop[i + 2 * plane] as number);
  }
  const levels: Grey[] = [{ width: CROP_WIDTH, height: CROP_HEIGHT, values }];
  while (levels.length <= HALVINGS) levels.push(halve(levels.at(-1) as Grey));
  const { a, b, c, d, e, f } = alignment(landmarks);
  const area = a * e - b * d;
  const { rightEye, leftEye, nose, mouth } = landmarks;
  const points = [rightEye, leftEye, nose, mouth].map(({ x, y }) => ({
    x: (e * (x - c) - b * (y - f)) / area,
    y: (a * (y - f) - d * (x - c)) / area,
  }));
  return { levels, points, fits: new Map() };
}

function halve({ width, height, values }: Grey): Grey {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const p = 2 * y * width + 2 * x;
      const q = p + width;
      const above = (values[p] as number) + (values[p + 1] as number);
      out[y * w + x] = (above + (values[q] as number) + (values[q + 1] as number)) / 4;
    }
  }
  return { width: w, height: h, values: out };
}

/**
 * The correlation of two faces, -1..1, after `moved` has been laid over `still` as well as can be
 * (Gauss-Newton with the gradients of the one that lies still: Hager and Belhumeur 1998).
 *
 * @param enough the search ends where this is reached
 */
export function registrationScore(
  still: RegistrationTarget,
  moved: RegistrationTarget,
  enough: number,
): number {
  const start = landmarkMap(still.points, moved.points);
  let best = -1;
  for (const steps of SEARCHES) {
    let map = start;
    let correlation = -1;
    for (const [halvings, terms] of steps) {
      if (halvings === 1 && correlation < COARSE_REJECT_NCC) break;
      const fit = fitOf(still, halvings, terms);
      ({ map, correlation } = refine(fit, moved.levels[halvings] as Grey, map));
    }
    best = Math.max(best, correlation);
    if (best >= enough) break;
  }
  return best;
}

/** Coefficients of x' and then of y', in half sides of the part, from its middle. */
type Warp = Float64Array<ArrayBuffer>;

const MIDDLE = { x: (PART.left + PART.right) / 2, y: (PART.top + PART.bottom) / 2 } as const;
const HALF = (PART.right - PART.left) / 2;

/**
 * The affine map that takes four landmarks to four as nearly as can be: where the search begins.
 */
function landmarkMap(from: readonly Point[], to: readonly Point[]): Warp {
  const inPart = ({ x, y }: Point) => ({ x: (x - MIDDLE.x) / HALF, y: (y - MIDDLE.y) / HALF });
  const rows = from.map((point) => {
    const { x, y } = inPart(point);
    return Float64Array.of(1, x, y);
  });
  const solve = solver(rows, 3);
  const map = new Float64Array(2 * QUADRATIC);
  map.set(solve(to.map((point) => inPart(point).x)));
  map.set(solve(to.map((point) => inPart(point).y)), QUADRATIC);
  return map;
}

function refine(fit: Fit, moved: Grey, start: Warp) {
  const { part, terms, solve } = fit;
  const { values } = part;
  let map = start;
  let best = { map, correlation: -2 };
  const seen = new Float64Array(values.length);
  const errors = new Float64Array(values.length);
  for (let round = 0; ; round++) {
    warp(moved, part, map, seen);
    normalise(seen);
    let correlation = 0;
    for (let i = 0; i < seen.length; i++)
      correlation += (seen[i] as number) * (values[i] as number);
    if (correlation > best.correlation) best = { map, correlation };
    if (round === ROUNDS || correlation < best.correlation - DIVERGENCE_TOLERANCE) return best;
    for (let i = 0; i < seen.length; i++) errors[i] = (values[i] as number) - (seen[i] as number);
    const change = solve(errors);
    // Solved for gradients of the one that lies still; those of the other are turned and stretched
    // as the map does it.
    const [, a = 1, b = 0] = map;
    const [d = 0, e = 1] = map.subarray(QUADRATIC + 1);
    map = Float64Array.from(map);
    for (let k = 0; k < terms; k++) {
      const x = change[k] as number;
      const y = change[terms + k] as number;
      map[k] = (map[k] as number) + a * x + b * y;
      map[QUADRATIC + k] = (map[QUADRATIC + k] as number) + d * x + e * y;
    }
    if (change.every((value) => Math.abs(value) < SETTLED)) return best;
  }
}

interface Fit {
  readonly part: Part;
  readonly terms: Terms;
  /** Coefficients that would explain what is left of the values. */
  readonly solve: (left: Float64Array) => Float64Array;
}

function fitOf({ levels, fits }: RegistrationTarget, halvings: number, terms: Terms): Fit {
  const key = `${halvings} ${terms}`;
  let fit = fits.get(key);
  if (fit === undefined) {
    const part = partOf(levels[halvings] as Grey);
    // Derivative of each pixel by each coefficient: its gradient times the coefficient's term.
    const rows: Matrix = part.terms.map((powers, i) => {
      const row = new Float64Array(2 * terms);
      for (let k = 0; k < terms; k++) {
        row[k] = (part.dx[i] as number) * (powers[k] as number);
        row[terms + k] = (part.dy[i] as number) * (powers[k] as number);
      }
      return row;
    });
    fit = { part, terms, solve: solver(rows, 2 * terms) };
    fits.set(key, fit);
  }
  return fit;
}

type Part = ReturnType<typeof partOf>;

/** The part of a level that lies still: its values to mean 0 and length 1, gradients, terms. */
function partOf({ width, values }: Grey) {
  const scale = width / CROP_WIDTH;
  const [left, right, top, bottom] = [PART.left, PART.right, PART.top, PART.bottom].map((side) =>
    Math.round(side * scale),
  ) as [number, number, number, number];
  const half = HALF * scale;
  const x0 = MIDDLE.x * scale - 0.5;
  const y0 = MIDDLE.y * scale - 0.5;
  const count = (right - left) * (bottom - top);
  const inner = new Float64Array(count);
  const dx = new Float64Array(count);
  const dy = new Float64Array(count);
  const terms: Float64Array[] = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const p = row * width + column;
      const i = terms.length;
      inner[i] = values[p] as number;
      dx[i] = (((values[p + 1] as number) - (values[p - 1] as number)) / 2) * half;
      dy[i] = (((values[p + width] as number) - (values[p - width] as number)) / 2) * half;
      const x = (column - x0) / half;
      const y = (row - y0) / half;
      terms.push(Float64Array.of(1, x, y, x * x, x * y, y * y));
    }
  }
  const length = normalise(inner);
  for (let i = 0; i < count; i++) {
    dx[i] = (dx[i] as number) / length;
    dy[i] = (dy[i] as number) / length;
  }
  return { values: inner, dx, dy, terms, half, x0, y0 };
}

function warp(
  { width, height, values }: Grey,
  { terms, half, x0, y0 }: Part,
  map: Warp,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const powers = terms[i] as Float64Array;
    let u = 0;
    let v = 0;
    for (let k = 0; k < QUADRATIC; k++) {
      u += (map[k] as number) * (powers[k] as number);
      v += (map[QUADRATIC + k] as number) * (powers[k] as number);
    }
    const x = Math.min(width - 1.001, Math.max(0, x0 + half * u));
    const y = Math.min(height - 1.001, Math.max(0, y0 + half * v));
    const column = Math.floor(x);
    const fx = x - column;
    const p = Math.floor(y) * width + column;
    const q = p + width;
    const above = (values[p] as number) * (1 - fx) + (values[p + 1] as number) * fx;
    const below = (values[q] as number) * (1 - fx) + (values[q + 1] as number) * fx;
    out[i] = above + (below - above) * (y - Math.floor(y));
  }
}

/**
 * Normalisation to mean 0 and length 1: exposure and contrast drop out.
 * @returns the length before
 */
function normalise(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] as number) - mean;
    values[i] = value;
    squares += value * value;
  }
  const length = Math.max(Math.sqrt(squares), 1e-6);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / length;
  return length;
}
