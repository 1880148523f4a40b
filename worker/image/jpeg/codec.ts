/**
 * libjpeg-turbo as compiled to WebAssembly by `@cwasm/jpeg-turbo` 0.1.3, called directly, with its
 * warnings told one by one (`scripts/wasm/jpeg/libjpeg.ts`).
 *
 * The package's own glue reads files and returns RGBA at full size; its wasm exports the
 * TurboJPEG 2 functions (`turbojpeg.h`), which also scale while decoding.
 */
import {
  KEEP_JPEG_CODEC_BYTES,
  MAX_OVERSIZED_JPEG_PICTURES,
  USUAL_JPEG_CODEC_BYTES,
} from '../../limits.ts';
import { DecodeError } from '../picture-errors.ts';
import { WarningJudge } from './warnings.ts';

/** TurboJPEG's pixel formats (`enum TJPF`). */
export const TJPF_RGB = 0;
export const TJPF_CMYK = 11;

interface Exports {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  tjInitDecompress(): number;
  tjDestroy(handle: number): number;
  tjDecompressHeader3(
    handle: number,
    data: number,
    size: number,
    width: number,
    height: number,
    subsampling: number,
    colorspace: number,
  ): number;
  tjDecompress2(
    handle: number,
    data: number,
    size: number,
    to: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number;
}

export interface JpegJob {
  readonly bytes: Uint8Array;
  /** Size as in the frame header; libjpeg must see the same. */
  readonly width: number;
  readonly height: number;
  /** Offset of the entropy-coded data of the first scan. */
  readonly firstScan: number;
  /** Offsets of start-of-image markers that are not the first: libjpeg takes one. */
  readonly repeatedStarts: readonly number[];
  /** Bytes of coefficients that libjpeg holds until the last scan; 0 for one that streams. */
  readonly heldBytes: number;
  /** Size to decode to: the frame's over 1, 2, 4 or 8, rounded up. */
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly format: typeof TJPF_RGB | typeof TJPF_CMYK;
}

interface Decoder {
  readonly wasm: Exports;
  /** Addresses of the library's texts of errors: `static char errStr[JMSG_LENGTH_MAX]`. */
  readonly texts: readonly number[];
  /** Listener to warnings while a picture is decoded: the text, and what was read till then. */
  warned: ((text: string, next: number) => void) | undefined;
  /** Pictures in a row that had no use for its memory: `MAX_OVERSIZED_JPEG_PICTURES`. */
  oversized: number;
}

/** One idle instance a module: making one is cheap, its memory is not. */
const idle = new WeakMap<WebAssembly.Module, Decoder>();

/** Text of `errStr` before anything has gone wrong. */
const NO_ERROR = 'No error\0';
const LONGEST_TEXT_BYTES = 200;
const EOI = [0xff, 0xd9];

/** Values that `longjmp` is called with by a warning and at a restart marker; by itself with 1. */
const WARNING = -1;
const RESTART = 3;
/** Words into `jpeg_decompress_struct`, `jpeg_source_mgr` and `jpeg_marker_reader` (jpegint.h). */
const SOURCE_WORD = 6;
const MARKER_WORD = 110;
const NEXT_INPUT_WORD = 0;
const DISCARDED_WORD = 6;

/**
 * Decode, and hand the pixels (in wasm memory, valid during the call only) to `use`.
 * @throws DecodeError, WebAssembly.RuntimeError where the file is at fault
 */
export function decodeJpeg<T>(
  module: WebAssembly.Module,
  job: JpegJob,
  use: (pixels: Uint8Array) => T,
): T {
  const decoder = idle.get(module) ?? instantiate(module);
  // Taken out while in use: whatever throws below leaves it behind with its half-done state.
  idle.delete(module);
  const { wasm } = decoder;
  const { bytes, scaledWidth, scaledHeight, format } = job;
  // An end-of-image marker of our own: with one, libjpeg tells a picture that lacks nothing but
  // that (some cameras' do) from one whose data end early, and warns of the latter only.
  const length = bytes.length + EOI.length;
  const data = allocate(wasm, length);
  const memory = new Uint8Array(wasm.memory.buffer);
  memory.set(bytes, data);
  memory.set(EOI, data + bytes.length);
  for (const at of job.repeatedStarts) memory.fill(0, data + at, data + at + 2);
  const judge = new WarningJudge(bytes, job.firstScan);
  decoder.warned = (text, next) => judge.judge(text, next - data);
  const handle = wasm.tjInitDecompress();
  if (handle === 0) throw new Error('out of memory');

  const sizes = allocate(wasm, 16);
  // Errors leave by longjmp; what else it returns (an unusual subsampling) is no hindrance.
  wasm.tjDecompressHeader3(handle, data, length, sizes, sizes + 4, sizes + 8, sizes + 12);
  const [width, height] = new Uint32Array(wasm.memory.buffer, sizes, 2);
  if (width !== job.width || height !== job.height) throw new DecodeError('header not as read');

  const pitch = scaledWidth * (format === TJPF_CMYK ? 4 : 3);
  const size = pitch * scaledHeight;
  const pixels = allocate(wasm, size);
  const status = wasm.tjDecompress2(
    handle,
    data,
    length,
    pixels,
    scaledWidth,
    pitch,
    scaledHeight,
    format,
    0,
  );
  if (status !== 0) throw new DecodeError('not decoded');
  const result = use(new Uint8Array(wasm.memory.buffer, pixels, size));

  decoder.warned = undefined;
  wasm.tjDestroy(handle);
  wasm.free(pixels);
  wasm.free(sizes);
  wasm.free(data);
  if (isWorthKeeping(decoder, length + size + job.heldBytes)) idle.set(module, decoder);
  return result;
}

/** Wasm memory never shrinks: one that a large picture blew up is left to the collector, now or later. */
function isWorthKeeping(decoder: Decoder, neededBytes: number): boolean {
  const { byteLength } = decoder.wasm.memory.buffer;
  const isOversized = byteLength > USUAL_JPEG_CODEC_BYTES && neededBytes <= USUAL_JPEG_CODEC_BYTES;
  decoder.oversized = isOversized ? decoder.oversized + 1 : 0;
  return byteLength <= KEEP_JPEG_CODEC_BYTES && decoder.oversized < MAX_OVERSIZED_JPEG_PICTURES;
}

/** libjpeg's warning, as it has just written it; '' where it cannot be told. */
function warningText({ wasm, texts }: Decoder): string {
  for (const at of texts) {
    const bytes = new Uint8Array(wasm.memory.buffer, at, LONGEST_TEXT_BYTES);
    const text = String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
    if (!NO_ERROR.startsWith(text)) return text;
  }
  return '';
}

function allocate(wasm: Exports, bytes: number): number {
  const pointer = wasm.malloc(bytes);
  if (pointer === 0) throw new Error('out of memory');
  return pointer;
}

/** No environment, no files. Errors leave by `longjmp`, which is why it has to throw. */
function instantiate(module: WebAssembly.Module): Decoder {
  const fail = (what: string) => () => {
    throw new DecodeError(what);
  };
  const instance = new WebAssembly.Instance(module, {
    env: {
      setjmp: () => 0,
      longjmp(at: number, value: number) {
        const words = new Uint32Array(wasm.memory.buffer);
        const pointed = (word: number) => (words[at / 4 + word] as number) / 4;
        if (value === WARNING) {
          const next = words[pointed(SOURCE_WORD) + NEXT_INPUT_WORD] as number;
          decoder.warned?.(warningText(decoder), next);
        } else if (value === RESTART) {
          // Strays of one interval that libjpeg saw while reading ahead must not count to the next.
          words[pointed(MARKER_WORD) + DISCARDED_WORD] = 0;
        } else throw new DecodeError('longjmp');
      },
    },
    wasi_snapshot_preview1: {
      environ_sizes_get: () => 0,
      environ_get: fail('environ_get'),
      proc_exit: fail('proc_exit'),
      fd_close: fail('fd_close'),
      fd_seek: fail('fd_seek'),
      fd_write: fail('fd_write'),
    },
  });
  const wasm = instance.exports as unknown as Exports;
  const texts = find(new Uint8Array(wasm.memory.buffer), NO_ERROR);
  const decoder: Decoder = { wasm, texts, warned: undefined, oversized: 0 };
  return decoder;
}

function find(bytes: Uint8Array, text: string): number[] {
  const found: number[] = [];
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if ([...text].every((char, i) => bytes[at + i] === char.charCodeAt(0))) found.push(at);
  }
  return found;
}
