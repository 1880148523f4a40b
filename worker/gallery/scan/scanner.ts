/**
 * Scanner of templates on WebAssembly's SIMD (`scan.c`): nearly exact cosines, a block at a time.
 *
 * Blocks lie outside and are copied in, which takes as long as scanning them. In return all galleries of
 * an isolate share one memory of 128 KiB: one each would reserve gigabytes of address space, and
 * never shrink.
 */
import { DIMENSION, type Embedding } from '../../face/embedding/embed.ts';
import scan from './scan.wasm';

/** Rows of a block: full ones stay where they are when others come, and little room is left over. */
export const BLOCK_ROWS = 512;

/** Templates, row by row: 128 codes each, and 1 / their length. */
export interface Block {
  readonly codes: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Difference of two cosines that rounding may make. A component of the probe is off by half a step,
 * 1.5e-5 at most, and a unit vector's components add up to √128 at most: a cosine is off by 1.8e-4 at
 * most.
 */
export const ROUNDING = 4e-4;

/** The largest component of a probe, in whole steps. */
const LARGEST = 32_767;

const PAGE_BYTES = 65_536;
const ALIGNMENT = 16;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  cosines(
    codes: number,
    scales: number,
    probe: number,
    step: number,
    rows: number,
    cosines: number,
  ): void;
}

export class Scanner {
  readonly #wasm = new WebAssembly.Instance(scan).exports as unknown as Exports;
  readonly #codes: Int8Array;
  readonly #scales: Float32Array;
  readonly #probe: Int16Array;
  readonly #cosines: Float32Array;
  /** Value of a whole step of the probe. */
  #step = 0;

  constructor() {
    const { memory, __heap_base: heap } = this.#wasm;
    const codes = Math.ceil((heap.value as number) / ALIGNMENT) * ALIGNMENT;
    const scales = codes + BLOCK_ROWS * DIMENSION;
    const probe = scales + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT;
    const cosines = probe + DIMENSION * Int16Array.BYTES_PER_ELEMENT;
    const end = cosines + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT;
    memory.grow(Math.ceil(end / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES);
    this.#codes = new Int8Array(memory.buffer, codes, BLOCK_ROWS * DIMENSION);
    this.#scales = new Float32Array(memory.buffer, scales, BLOCK_ROWS);
    this.#probe = new Int16Array(memory.buffer, probe, DIMENSION);
    this.#cosines = new Float32Array(memory.buffer, cosines, BLOCK_ROWS);
  }

  /** Takes a probe, in whole steps: products of whole numbers are fast. @param probe unit vector */
  aim(probe: Embedding): void {
    const largest = probe.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    this.#step = largest / LARGEST;
    this.#probe.set(probe.map((value) => Math.round(value / this.#step)));
  }

  /** Cosines of all rows of a block to the probe, valid until the next call. */
  cosines({ codes, scales }: Block): Float32Array {
    this.#codes.set(codes);
    this.#scales.set(scales);
    this.#wasm.cosines(
      this.#codes.byteOffset,
      this.#scales.byteOffset,
      this.#probe.byteOffset,
      this.#step,
      BLOCK_ROWS,
      this.#cosines.byteOffset,
    );
    return this.#cosines;
  }
}
