/**
 * The sampler on WebAssembly's SIMD (`sampling.c`).
 *
 * It keeps nothing between calls and never holds a whole picture: strips of rows, or the part that
 * is looked at, are copied in. So its memory stays under two megabytes, however large the picture.
 */
import type { Pixels } from '../pixels.ts';
import type { Affine, Sampler, ValueRange } from './sampler.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  halve(rgb: number, width: number, height: number, out: number): void;
  sample(
    rgb: number,
    width: number,
    height: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f: number,
    columns: number,
    rows: number,
    scale: number,
    offset: number,
    out: number,
  ): void;
}

const PAGE_BYTES = 65_536;
const ALIGNMENT = 16;

/** Bytes that the kernels may read or write past the end of pixels. */
const SLACK_BYTES = 16;

/** Bytes of rows that are halved at a time. */
const STRIP_BYTES = 512 * 1024;

/** Coordinates that the kernels can count to. */
const FARTHEST = 2 ** 30;

export class SimdSampler implements Sampler {
  private readonly wasm: Exports;
  private readonly base: number;
  private memory: Uint8Array;

  /** @param module the compiled `sampling.wasm` */
  constructor(module: WebAssembly.Module) {
    this.wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.base = aligned(this.wasm.__heap_base.value as number);
    this.memory = new Uint8Array(this.wasm.memory.buffer);
  }

  halve({ width, height, rgb }: Pixels): Pixels {
    const w = Math.ceil(width / 2);
    const h = Math.ceil(height / 2);
    const out = new Uint8Array(w * h * 3);
    const stride = width * 3;
    const strip = 2 * Math.max(1, Math.floor(STRIP_BYTES / stride / 2));
    for (let y = 0; y < height; y += strip) {
      const rows = Math.min(strip, height - y);
      const size = Math.ceil(rows / 2) * w * 3;
      const to = this.reserve(rows * stride, size);
      this.memory.set(rgb.subarray(y * stride, (y + rows) * stride), this.base);
      this.wasm.halve(this.base, width, rows, to);
      out.set(this.memory.subarray(to, to + size), (y / 2) * w * 3);
    }
    return { width: w, height: h, rgb: out };
  }

  sample(
    pixels: Pixels,
    map: Affine,
    columns: number,
    rows: number,
    { scale, offset }: ValueRange,
  ): Float32Array {
    const { x, y, width, height } = partSeen(pixels, map, columns, rows);
    const size = 3 * columns * rows;
    const to = this.reserve(width * height * 3, size * Float32Array.BYTES_PER_ELEMENT);
    const out = new Float32Array(this.memory.buffer, to, size);
    if (width === 0 || height === 0) return out.fill(offset);
    for (let row = 0; row < height; row++) {
      const from = ((y + row) * pixels.width + x) * 3;
      this.memory.set(pixels.rgb.subarray(from, from + width * 3), this.base + row * width * 3);
    }
    const { a, b, c, d, e, f } = map;
    this.wasm.sample(
      ...([this.base, width, height] as const),
      ...([a, b, c - x, d, e, f - y] as const),
      ...([columns, rows, scale, offset, to] as const),
    );
    return out;
  }

  /** Makes room for pixels at `base`, and for an output behind them, whose address it returns. */
  private reserve(pixelBytes: number, outputBytes: number): number {
    const to = aligned(this.base + pixelBytes + SLACK_BYTES);
    const missing = to + outputBytes + SLACK_BYTES - this.memory.length;
    if (missing > 0) {
      this.wasm.memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.memory = new Uint8Array(this.wasm.memory.buffer);
    }
    return to;
  }
}

interface Part {
  readonly x: number;
  readonly y: number;
  /** 0 where nothing of the picture is seen. */
  readonly width: number;
  readonly height: number;
}

/** The part of a picture that is sampled: pixels beyond it have no weight, or lie outside. */
function partSeen({ width, height }: Pixels, map: Affine, columns: number, rows: number): Part {
  const [left, right] = range(map.a * (columns - 1), map.b * (rows - 1), map.c);
  const [top, bottom] = range(map.d * (columns - 1), map.e * (rows - 1), map.f);
  if (!(Math.max(-left, right, -top, bottom) < FARTHEST))
    return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.max(0, Math.floor(left) - 1);
  const y = Math.max(0, Math.floor(top) - 1);
  return {
    x,
    y,
    width: Math.max(0, Math.min(width, Math.floor(right) + 3) - x),
    height: Math.max(0, Math.min(height, Math.floor(bottom) + 3) - y),
  };
}

/** Least and greatest of a start and what two steps, taken or not, make of it. */
function range(across: number, down: number, start: number): [least: number, greatest: number] {
  return [
    start + Math.min(across, 0) + Math.min(down, 0),
    start + Math.max(across, 0) + Math.max(down, 0),
  ];
}

function aligned(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}
