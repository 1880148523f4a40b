/**
 * Exact search among templates in memory: every code is read, no index is approximate.
 *
 * Codes lie row by row in blocks. A search goes over them once with sums of whole numbers, which are
 * fast and nearly right, and then takes the distances of the nearest few as a verification does: so
 * both say the same, to the bit. Its time: `npm run tool -- gallery-times`.
 */
import { squaredDistance } from '../face/embedding/distance.ts';
import { DIMENSION, type Embedding } from '../face/embedding/embed.ts';
import { dequantize } from '../face/embedding/template.ts';
import { BLOCK_ROWS, type Block, ROUNDING, Scanner } from './scan/scanner.ts';

/** Distances that rows are held to. */
export interface RowThresholds {
  of(row: number): number;
  /** The largest of any row. */
  readonly largest: number;
}

const NONE: RowThresholds = { of: () => 0, largest: 0 };

/** A row, and the squared L2 distance of its template to the probe. */
export interface Hit {
  readonly row: number;
  readonly distance: number;
}

/** One for all galleries of an isolate: a search is over before another begins. */
let scanner: Scanner | undefined;

export class Vectors {
  readonly #blocks: Block[] = [];
  #count = 0;

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

  /**
   * The `most` rows nearest to a probe, nearest first, by their distance less their threshold where they
   * have one; of those equally near the lower row.
   *
   * @param thresholds of the rows; none by default
   */
  nearest(probe: Embedding, most: number, thresholds = NONE): Hit[] {
    const hits = this.#near(probe, most, thresholds).map((row) => ({
      row,
      distance: squaredDistance(dequantize(this.at(row)), probe),
    }));
    const margin = ({ row, distance }: Hit) => distance - thresholds.of(row);
    hits.sort((a, b) => margin(a) - margin(b) || a.row - b.row);
    return hits.slice(0, most);
  }

  #blockOf(row: number): Block {
    return this.#blocks[Math.floor(row / BLOCK_ROWS)] as Block;
  }

  /**
   * Rows that may be among the `most` nearest, by cosines that are nearly right. A squared distance is
   * 2 - 2 cosine: a cosine is less by half of what the row's threshold is below the largest.
   */
  #near(probe: Embedding, most: number, thresholds: RowThresholds): number[] {
    scanner ??= new Scanner();
    scanner.aim(probe);
    const largest = new Largest(most);
    const near: { readonly row: number; readonly cosine: number }[] = [];
    for (const [index, block] of this.#blocks.entries()) {
      const first = index * BLOCK_ROWS;
      const cosines = scanner.cosines(block);
      const rows = Math.min(BLOCK_ROWS, this.#count - first);
      for (let at = 0; at < rows; at++) {
        const floor = largest.least - ROUNDING;
        let cosine = cosines[at] as number;
        if (cosine < floor) continue;
        const row = first + at;
        cosine -= (thresholds.largest - thresholds.of(row)) / 2;
        if (cosine < floor) continue;
        near.push({ row, cosine });
        largest.offer(cosine);
      }
    }
    const floor = largest.least - ROUNDING;
    return near.filter(({ cosine }) => cosine >= floor).map(({ row }) => row);
  }
}

/** The k largest of the numbers it is offered; k is small. */
class Largest {
  readonly #ascending: Float64Array;

  constructor(k: number) {
    this.#ascending = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
  }

  /** The k-th largest; minus infinity where there were fewer. */
  get least(): number {
    return this.#ascending[0] as number;
  }

  offer(value: number): void {
    if (value <= this.least) return;
    const best = this.#ascending;
    let i = 1;
    for (; i < best.length && (best[i] as number) < value; i++) best[i - 1] = best[i] as number;
    best[i - 1] = value;
  }
}
