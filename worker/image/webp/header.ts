/** The chunks of a WebP, read without decoding (RFC 9649, section 2). */

export interface WebpHeader {
  /** Pixels, as stored (before orientation). */
  readonly width: number;
  readonly height: number;
  /** Place of the picture, if it does not fill that: an animation's only frame. */
  readonly frame: Frame;
  /** Lossless, or with a plane of alpha, which costs as much. */
  readonly planes: boolean;
  /** More than one frame. */
  readonly animated: boolean;
  /** Bodies of EXIF chunks. */
  readonly exif: readonly Uint8Array[];
}

/** A part of the picture, in its pixels, and the chunks that it is coded in. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Missing where the file is a still picture, to be decoded as it is. */
  readonly chunks?: Uint8Array;
}

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const VP8X_BYTES = 10;
const ANMF_BYTES = 16;
/** A picture has a handful; a million empty ones are no picture. */
const MAX_CHUNKS = 1_000;
const FLAG_ANIMATION = 0x02;
const FLAG_ALPHA = 0x10;

/** @returns undefined where the file is malformed, cut short, or holds no picture. */
export function readWebpHeader(bytes: Uint8Array): WebpHeader | undefined {
  if (bytes.length < RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES) return undefined;
  const end = uint32(bytes, 4) + 8;
  if (end > bytes.length) return undefined;
  const chunks = bytes.subarray(0, end);
  const exif: Uint8Array[] = [];
  let canvas: Size | undefined;
  let only: (Frame & { readonly planes: boolean }) | undefined;
  for (const chunk of chunksOf(chunks, RIFF_HEADER_BYTES)) {
    if (chunk === undefined) return undefined;
    const { type, body } = chunk;
    if (type === 'VP8X' && (body[0] as number) & FLAG_ANIMATION) {
      if (body.length < VP8X_BYTES) return undefined;
      canvas = { width: uint24(body, 4) + 1, height: uint24(body, 7) + 1 };
    } else if (canvas && type === 'ANMF') {
      if (only) return { ...canvas, frame: only, planes: only.planes, animated: true, exif };
      only = readFrame(body);
      if (!only) return undefined;
    } else if (type === 'EXIF') exif.push(body);
  }
  if (canvas) {
    if (!only || only.x + only.width > canvas.width) return undefined;
    if (only.y + only.height > canvas.height) return undefined;
    return { ...canvas, frame: only, planes: only.planes, animated: false, exif };
  }
  const picture = readPicture(chunks, RIFF_HEADER_BYTES);
  if (!picture) return undefined;
  const { planes, ...size } = picture;
  return { ...size, frame: { x: 0, y: 0, ...size }, planes, animated: false, exif };
}

/** A file of this frame alone, as a decoder of still pictures takes it. */
export function stillOf({ width, height }: Frame, chunks: Uint8Array): Uint8Array {
  const head = RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES + VP8X_BYTES;
  const file = new Uint8Array(head + chunks.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode('RIFF....WEBPVP8X'));
  view.setUint32(4, file.length - 8, true);
  view.setUint32(16, VP8X_BYTES, true);
  view.setUint32(20, FLAG_ALPHA, true);
  view.setUint32(24, width - 1, true);
  view.setUint32(27, height - 1, true); // its top byte lies where the chunks begin
  file.set(chunks, head);
  return file;
}

/** RFC 9649, 2.7.1.1: the position in pairs of pixels, the sides less one, then the chunks. */
function readFrame(body: Uint8Array) {
  if (body.length < ANMF_BYTES) return undefined;
  const [width, height] = [uint24(body, 6) + 1, uint24(body, 9) + 1];
  const chunks = body.subarray(ANMF_BYTES);
  const picture = readPicture(chunks, 0);
  if (picture?.width !== width || picture.height !== height) return undefined;
  return { x: uint24(body, 0) * 2, y: uint24(body, 3) * 2, chunks, ...picture };
}

/**
 * Finds the coded picture among chunks.
 * @returns undefined where they are malformed, or hold none
 */
function readPicture(bytes: Uint8Array, from: number): (Size & { planes: boolean }) | undefined {
  let size: Size | undefined;
  let planes = false;
  for (const chunk of chunksOf(bytes, from)) {
    if (chunk === undefined) return undefined;
    const { type, body } = chunk;
    if ((type === 'VP8 ' || type === 'VP8L') && !size) {
      planes ||= type === 'VP8L';
      size = type === 'VP8L' ? readLossless(body) : readLossy(body);
      if (!size) return undefined;
    }
    if (type === 'ALPH') planes = true;
  }
  return size && { ...size, planes };
}

/**
 * Yields undefined, and ends, at a chunk that is cut short, or behind too many. Bodies are padded
 * to an even length.
 */
function* chunksOf(bytes: Uint8Array, from: number): Generator<Chunk | undefined> {
  let chunks = 0;
  for (let at = from; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    if (++chunks > MAX_CHUNKS) {
      yield undefined;
      return;
    }
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = uint32(bytes, at + 4);
    const start = at + CHUNK_HEADER_BYTES;
    if (start + length > bytes.length) {
      yield undefined;
      return;
    }
    yield { type, body: bytes.subarray(start, start + length) };
    at = start + length + (length & 1);
  }
}

/** A key frame's header (RFC 6386, 9.1): the upper two bits of each side ask for upscaling. */
function readLossy(body: Uint8Array): Size | undefined {
  if (body.length < 10 || (body[0] as number) & 1) return undefined;
  if (body[3] !== 0x9d || body[4] !== 0x01 || body[5] !== 0x2a) return undefined;
  return {
    width: ((body[6] as number) | ((body[7] as number) << 8)) & 0x3fff,
    height: ((body[8] as number) | ((body[9] as number) << 8)) & 0x3fff,
  };
}

/** RFC 9649, 3.4: a signature byte, then twice 14 bits, less one. */
function readLossless(body: Uint8Array): Size | undefined {
  if (body.length < 5 || body[0] !== 0x2f) return undefined;
  const bits = uint32(body, 1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

function uint24(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16)
  );
}

function uint32(bytes: Uint8Array, at: number): number {
  return (uint24(bytes, at) | ((bytes[at + 3] as number) << 24)) >>> 0;
}
