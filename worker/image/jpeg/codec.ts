/**
 * libjpeg-turbo as compiled to WebAssembly by `@cwasm/jpeg-turbo` 0.1.3, called directly.
 *
 * The package's own glue reads files and returns RGBA at full size; its wasm exports the
 * TurboJPEG 2 functions (`turbojpeg.h`), which also scale while decoding.
 */
import { KEEP_JPEG_CODEC_BYTES, MAX_JPEG_PADDING_BYTES } from '../../limits.ts';
import { DecodeError } from '../refuse.ts';

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
  /** As in the frame header; libjpeg must see the same. */
  readonly width: number;
  readonly height: number;
  /** Size to decode to: the frame's over 1, 2, 4 or 8, rounded up. */
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly format: typeof TJPF_RGB | typeof TJPF_CMYK;
}

interface Decoder {
  readonly wasm: Exports;
  /** Where the library's texts of errors may be: `static char errStr[JMSG_LENGTH_MAX]`. */
  readonly texts: readonly number[];
}

/** One idle instance a module: making one is cheap, its memory is not. */
const idle = new WeakMap<WebAssembly.Module, Decoder>();

/** What `errStr` holds before anything has gone wrong. */
const NO_ERROR = 'No error\0';
const LONGEST_TEXT_BYTES = 200;
const EOI = [0xff, 0xd9];

/**
 * Some cameras pad the picture: the one thing libjpeg warns of that does not show. It is told only
 * the first warning, but when that is about the last marker, there is no other.
 */
const PADDED = /^Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9$/;

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
  if (status !== 0 && !isHarmless(warning(decoder))) throw new DecodeError('data not sound');
  const result = use(new Uint8Array(wasm.memory.buffer, pixels, size));

  wasm.tjDestroy(handle);
  wasm.free(pixels);
  wasm.free(sizes);
  wasm.free(data);
  // Wasm memory never shrinks: one that a large picture blew up is left to the collector. So is
  // one with a warning in it: the next picture's must not be taken for this one's.
  if (status === 0 && wasm.memory.buffer.byteLength <= KEEP_JPEG_CODEC_BYTES)
    idle.set(module, decoder);
  return result;
}

/** libjpeg's first warning of this picture, or '' where it cannot be told. */
function warning({ wasm, texts }: Decoder): string {
  for (const at of texts) {
    const bytes = new Uint8Array(wasm.memory.buffer, at, LONGEST_TEXT_BYTES);
    const text = String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
    if (!NO_ERROR.startsWith(text)) return text;
  }
  return '';
}

function isHarmless(text: string): boolean {
  return Number(PADDED.exec(text)?.[1] ?? Number.POSITIVE_INFINITY) <= MAX_JPEG_PADDING_BYTES;
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
    env: { setjmp: () => 0, longjmp: fail('longjmp') },
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
  return { wasm, texts: find(new Uint8Array(wasm.memory.buffer), NO_ERROR) };
}

function find(bytes: Uint8Array, text: string): number[] {
  const found: number[] = [];
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if ([...text].every((char, i) => bytes[at + i] === char.charCodeAt(0))) found.push(at);
  }
  return found;
}
