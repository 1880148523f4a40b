/**
 * Exact search among templates in memory: every code is read, no index is approximate.
 *
 * Codes lie row by row in blocks, 128 bytes each. A search goes over them once with sums of whole
 * numbers, which are fast and nearly right, and then takes the distances of the nearest few as a
 * verification does: so both say the same, to the bit. Its time: `npm run tool -- gallery-times`.
 */
import { squaredDistance } from '../face/compare.ts';
import { DIMENSION, type Embedding } from '../face/embed.ts';
import { dequantize } from '../face/template.ts';

/** A row, and the squared L2 distance of its template to the probe. */
export interface Hit {
  readonly row: number;
  readonly distance: number;
}

/** The largest component of a probe, in whole steps. */
const LARGEST = 32_767;

/**
 * Difference of two fast sums that rounding may make. A component is off by half a step, 1.5e-5 at
 * most, and a unit vector's components add up to √128 at most: a sum is off by 1.8e-4 at most.
 */
const ROUNDING = 4e-4;

/** Rows of a block: full ones stay where they are when others come, and little room is left over. */
const BLOCK_ROWS = 512;

interface Block {
  readonly codes: Int8Array;
  /** 1 / length of each row of codes. */
  readonly scales: Float32Array;
}

export class Vectors {
  readonly #blocks: Block[] = [];
  #count = 0;
  /** Room for the cosines of a search: made anew each time, it would be much to collect. */
  #room = new Float32Array(0);

  get count(): number {
    return this.#count;
  }

  /** Adds the 128 codes that begin at `from` as the last row. @throws Error for what is no template */
  add(codes: Int8Array, from = 0): void {
    if (codes.length < from + DIMENSION) throw new Error('no template');
    const at = this.#count % BLOCK_ROWS;
    if (at === 0) {
      const [codes, scales] = [new Int8Array(BLOCK_ROWS * DIMENSION), new Float32Array(BLOCK_ROWS)];
      this.#blocks[this.#count / BLOCK_ROWS] = { codes, scales };
    }
    const block = this.#blockOf(this.#count);
    let squares = 0;
    for (let i = 0, to = at * DIMENSION; i < DIMENSION; i++, to++) {
      const code = codes[from + i] as number;
      block.codes[to] = code;
      squares += code * code;
    }
    if (squares === 0) throw new Error('no template');
    block.scales[at] = 1 / Math.sqrt(squares);
    this.#count++;
  }

  /** Takes a row out; the last row moves into its place. Nothing of it is left. */
  remove(row: number): void {
    const last = --this.#count;
    const [to, from] = [this.#blockOf(row), this.#blockOf(last)];
    const [at, of] = [row % BLOCK_ROWS, last % BLOCK_ROWS];
    to.codes.set(from.codes.subarray(of * DIMENSION, (of + 1) * DIMENSION), at * DIMENSION);
    to.scales[at] = from.scales[of] as number;
    from.codes.fill(0, of * DIMENSION, (of + 1) * DIMENSION);
    if (of === 0 && last > 0) this.#blocks.pop();
  }

  /** A copy of a row's codes. */
  at(row: number): Int8Array {
    const at = (row % BLOCK_ROWS) * DIMENSION;
    return this.#blockOf(row).codes.slice(at, at + DIMENSION);
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

  #blockOf(row: number): Block {
    return this.#blocks[Math.floor(row / BLOCK_ROWS)] as Block;
  }

  #cosines(probe: Embedding): Float32Array {
    if (this.#room.length < this.#count) {
      this.#room = new Float32Array(Math.ceil(this.#count / BLOCK_ROWS) * BLOCK_ROWS);
    }
    const cosines = this.#room.subarray(0, this.#count);
    const largest = probe.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const step = largest / LARGEST;
    const wholes = Int16Array.from(probe, (value) => Math.round(value / step));
    for (const [index, block] of this.#blocks.entries()) {
      const first = index * BLOCK_ROWS;
      scan(block, wholes, step, cosines.subarray(first, first + BLOCK_ROWS));
    }
    return cosines;
  }
}

/**
 * Cosines of a block's first rows, as many as there is room for.
 *
 * @param probe in whole steps: products of whole numbers take less than half the time
 */
function scan({ codes, scales }: Block, probe: Int16Array, step: number, cosines: Float32Array) {
  for (let row = 0, at = 0; row < cosines.length; row++) {
    let [a, b, c, d] = [0, 0, 0, 0]; // four sums, since each would have to wait for itself
    for (let i = 0; i < DIMENSION; i += 4, at += 4) {
      a = (a + Math.imul(probe[i] as number, codes[at] as number)) | 0;
      b = (b + Math.imul(probe[i + 1] as number, codes[at + 1] as number)) | 0;
      c = (c + Math.imul(probe[i + 2] as number, codes[at + 2] as number)) | 0;
      d = (d + Math.imul(probe[i + 3] as number, codes[at + 3] as number)) | 0;
    }
    cosines[row] = (a + b + c + d) * step * (scales[row] as number);
  }
}

/** The k-th largest value; minus infinity where there are fewer. `k` is small. */
function kthLargest(values: Float32Array, k: number): number {
  const best = new Float64Array(k).fill(Number.NEGATIVE_INFINITY); // ascending
  for (const value of values) {
    if (value <= (best[0] as number)) continue;
    let i = 1;
    for (; i < k && (best[i] as number) < value; i++) best[i - 1] = best[i] as number;
    best[i - 1] = value;
  }
  return best[0] as number;
}
