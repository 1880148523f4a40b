/**
 * Exact search among templates in memory: every code is read, no index is approximate.
 *
 * Codes lie row by row in one block, 128 bytes each. A search goes over the block once with sums
 * that are fast and good to a millionth, and then takes the distances of the nearest few as a
 * verification does: so both say the same, to the bit. 100,000 rows are 12.8 MB and 10 ms.
 */
import { squaredDistance } from '../face/compare.ts';
import { DIMENSION, type Embedding } from '../face/embed.ts';
import { dequantize } from '../face/template.ts';

/** A row, and the squared L2 distance of its template to the probe. */
export interface Hit {
  readonly row: number;
  readonly distance: number;
}

/** Error that the fast sums may have: float32 rounding of unit vectors, with room to spare. */
const ROUNDING = 1e-5;

const FIRST_ROWS = 64;

export class Vectors {
  #codes = new Int8Array(FIRST_ROWS * DIMENSION);
  /** 1 / length of each row of codes. */
  #scales = new Float64Array(FIRST_ROWS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Makes room for so many rows at once, in place of doubling on the way there. */
  reserve(rows: number): void {
    if (rows <= this.#scales.length) return;
    const codes = new Int8Array(rows * DIMENSION);
    codes.set(this.#codes.subarray(0, this.#count * DIMENSION));
    const scales = new Float64Array(rows);
    scales.set(this.#scales.subarray(0, this.#count));
    this.#codes = codes;
    this.#scales = scales;
  }

  /** Adds a template's codes as the last row. @throws Error for what is no template */
  add(codes: Int8Array): void {
    if (codes.length !== DIMENSION) throw new Error('no template');
    let squares = 0;
    for (let i = 0; i < DIMENSION; i++) squares += (codes[i] as number) ** 2;
    if (squares === 0) throw new Error('no template');
    if (this.#count === this.#scales.length) this.reserve(2 * this.#count);
    this.#codes.set(codes, this.#count * DIMENSION);
    this.#scales[this.#count] = 1 / Math.sqrt(squares);
    this.#count++;
  }

  /** Takes a row out; the last row moves into its place. Nothing of it is left. */
  remove(row: number): void {
    const last = --this.#count;
    this.#codes.copyWithin(row * DIMENSION, last * DIMENSION, (last + 1) * DIMENSION);
    this.#scales[row] = this.#scales[last] as number;
    this.#codes.fill(0, last * DIMENSION, (last + 1) * DIMENSION);
  }

  /** A copy of a row's codes. */
  at(row: number): Int8Array {
    return this.#codes.slice(row * DIMENSION, (row + 1) * DIMENSION);
  }

  /** The `most` rows nearest to a probe, nearest first; of those equally near the lower row. */
  nearest(probe: Embedding, most: number): Hit[] {
    const near = this.#cosines(probe);
    const floor = kthLargest(near, most) - ROUNDING;
    const hits: Hit[] = [];
    for (let row = 0; row < near.length; row++) {
      if ((near[row] as number) < floor) continue;
      hits.push({ row, distance: squaredDistance(dequantize(this.at(row)), probe) });
    }
    hits.sort((a, b) => a.distance - b.distance || a.row - b.row);
    return hits.slice(0, most);
  }

  #cosines(probe: Embedding): Float64Array {
    const [codes, scales] = [this.#codes, this.#scales];
    const cosines = new Float64Array(this.#count);
    for (let row = 0, at = 0; row < cosines.length; row++) {
      let [a, b, c, d] = [0, 0, 0, 0]; // four sums, since each would have to wait for itself
      for (let i = 0; i < DIMENSION; i += 4, at += 4) {
        a += (probe[i] as number) * (codes[at] as number);
        b += (probe[i + 1] as number) * (codes[at + 1] as number);
        c += (probe[i + 2] as number) * (codes[at + 2] as number);
        d += (probe[i + 3] as number) * (codes[at + 3] as number);
      }
      cosines[row] = (a + b + c + d) * (scales[row] as number);
    }
    return cosines;
  }
}

/** The k-th largest value, or the least where there are fewer. `k` is small. */
function kthLargest(values: Float64Array, k: number): number {
  const best = new Float64Array(k).fill(Number.NEGATIVE_INFINITY); // ascending
  for (const value of values) {
    if (value <= (best[0] as number)) continue;
    let i = 1;
    for (; i < k && (best[i] as number) < value; i++) best[i - 1] = best[i] as number;
    best[i - 1] = value;
  }
  return best[0] as number;
}
