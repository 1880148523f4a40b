/**
 * The costly parts of PNG on WebAssembly (`png.c`): DEFLATE, streamed, and the filters of rows.
 *
 * Why not a codec's own: theirs inflate to the end of the data whatever the picture needs, and
 * 10 MiB can hold 10 GiB. This one stops as soon as its reader has enough.
 */
import { DecodeError } from '../picture-errors.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  start(): void;
  piece_at(): number;
  make_room(): number;
  fed(length: number, last: number): void;
  run(): number;
  written_at(): number;
  written(): number;
  row_at(k: number): number;
  unfilter(k: number, length: number, step: number): number;
  rgb_at(): number;
  grey_to_rgb(k: number, columns: number): void;
  rgba_to_rgb(k: number, columns: number): void;
  painted_at(): number;
  halved_at(): number;
  halve(width: number): void;
}

/** Takes bytes, which are valid during the call only. Returns true when it needs no more. */
export type Reader = (bytes: Uint8Array) => boolean;

/** Results of `run`, besides the errors. */
const NEEDS_INPUT = 1;
const ENDED = 3;

/** Errors of `run`: -1 is the first. */
const ERRORS = [
  'reserved block type',
  'bad stored length',
  'too many codes',
  'over-subscribed code',
  'no such code',
  'no such symbol',
  'nothing to repeat',
  'too many lengths',
  'a block without an end',
  'before the beginning',
];

/** Bytes of the input that are handed over at a time: PIECE of `png.c`. */
const PIECE_BYTES = 65_536;

const codecs = new WeakMap<WebAssembly.Module, PngCodec>();

/**
 * The one instance of a module, for one picture: it keeps nothing from picture to picture, and never
 * grows. One that failed by more than the picture is given up.
 */
export function withPngCodec(module: WebAssembly.Module, use: (codec: PngCodec) => void): void {
  const codec = codecs.get(module) ?? new PngCodec(module);
  codecs.set(module, codec);
  try {
    use(codec);
  } catch (error) {
    if (!(error instanceof DecodeError)) codecs.delete(module);
    throw error;
  }
}

export class PngCodec {
  private readonly wasm: Exports;
  private readonly memory: Uint8Array;

  constructor(module: WebAssembly.Module) {
    this.wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.memory = new Uint8Array(this.wasm.memory.buffer);
  }

  /**
   * Inflates a zlib stream (RFC 1950, RFC 1951) as far as its reader wants.
   *
   * @param input a whole stream; what follows the last byte needed is not looked at
   * @param reader takes the inflated bytes in order
   * @throws DecodeError where the data are malformed or end before the reader has enough
   */
  inflate(input: Uint8Array, reader: Reader): void {
    const flags = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
    // Method 8, and no preset dictionary (RFC 1950, 2.2).
    if (((flags >> 8) & 15) !== 8 || flags % 31 !== 0 || flags & 0x20) {
      throw new DecodeError('not a zlib stream');
    }
    const { wasm } = this;
    wasm.start();
    for (let at = this.feed(input, 2); ; ) {
      const status = wasm.run();
      if (status < 0) throw new DecodeError(ERRORS[-1 - status] as string);
      if (status === NEEDS_INPUT) {
        at = this.feed(input, at);
        continue;
      }
      const from = wasm.written_at();
      if (reader(this.memory.subarray(from, from + wasm.written()))) return;
      if (status === ENDED) throw new DecodeError('ends early');
    }
  }

  /** @returns the place of the first byte that was not handed over */
  private feed(input: Uint8Array, at: number): number {
    const { wasm, memory } = this;
    const kept = wasm.make_room();
    const part = input.subarray(at, at + PIECE_BYTES - kept);
    memory.set(part, wasm.piece_at() + kept);
    wasm.fed(kept + part.length, at + part.length === input.length ? 1 : 0);
    return at + part.length;
  }

  /** One of the two rows: its filter's type, then its bytes. */
  row(k: 0 | 1, length: number): Uint8Array {
    const at = this.wasm.row_at(k);
    return this.memory.subarray(at, at + length);
  }

  /**
   * Undoes the filter of a row, in place (RFC 2083, 6); the other one is the row above.
   * @param step bytes from a pixel to the next
   * @throws DecodeError
   */
  unfilter(k: 0 | 1, length: number, step: number): void {
    if (this.wasm.unfilter(k, length, step) === 0) throw new DecodeError('unknown filter');
  }

  /** RGB, valid until the next call, of the first `columns` pixels of an unfiltered row of bytes: grey, or RGBA over white. */
  toRgb(kind: 'grey' | 'rgba', k: 0 | 1, columns: number): Uint8Array {
    const { wasm, memory } = this;
    wasm[`${kind}_to_rgb`](k, columns);
    const at = wasm.rgb_at();
    return memory.subarray(at, at + columns * 3);
  }

  /** Makes one row of RGB of two of `width` pixels, each pixel the mean of four. */
  halve(rows: Uint8Array, width: number, out: Uint8Array): void {
    const { wasm, memory } = this;
    memory.set(rows, wasm.painted_at());
    wasm.halve(width);
    const at = wasm.halved_at();
    out.set(memory.subarray(at, at + out.length));
  }
}
