/** The chunks of a PNG, read without inflating anything (RFC 2083; PNG, third edition). */
import { crc32 } from './crc32.ts';

export interface PngHeader {
  /** Pixels, as stored (before orientation). */
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: number;
  readonly colourType: number;
  readonly bitsPerPixel: number;
  /** One, or Adam7's seven without those that have no pixels. */
  readonly passes: readonly Pass[];
  /** Body of PLTE: RGB triples. Empty where there is none. */
  readonly palette: Uint8Array;
  /** Body of tRNS. */
  readonly transparency: Uint8Array | undefined;
  /** The bodies of all IDAT chunks: one zlib stream. */
  readonly data: Uint8Array;
  /** Body of eXIf, where there is one: a TIFF structure. */
  readonly exif: readonly Uint8Array[];
}

/** Where its pixels lie in the picture: first column and row, the steps, and how many. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
  /** Of one row, without its filter byte. */
  readonly rowBytes: number;
}

const SIGNATURE_BYTES = 8;
/** Length, type and CRC around a chunk's body. */
const CHUNK_OVERHEAD_BYTES = 12;
const IHDR_BYTES = 13;
const PALETTE = 3;
/** Next to IDAT, the chunks that decoding takes. */
const TAKEN = ['IHDR', 'PLTE', 'tRNS', 'eXIf'];

/** Samples a pixel and legal bit depths by colour type (RFC 2083, 4.1.1). */
const COLOUR: Record<number, { samples: number; depths: readonly number[] } | undefined> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  [PALETTE]: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** RFC 2083, 2.6: first column, first row, column step, row step. */
const WHOLE = [[0, 0, 1, 1]] as const;
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Chunks that decoding does not take are skipped unread: text, profiles, animation frames. One of a
 * wrong checksum is left out, as by libpng, unless the pixels hang on it. A file may end early: if
 * pixels are missing, decoding will tell.
 * @returns undefined where the file is malformed, or the checksum of a critical chunk is wrong.
 */
export function readPngHeader(bytes: Uint8Array): PngHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first: Record<string, Uint8Array | undefined> = {};
  const data: Uint8Array[] = [];
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_OVERHEAD_BYTES <= bytes.length) {
    const crcAt = at + 8 + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, crcAt);
    if ((at === SIGNATURE_BYTES) !== (type === 'IHDR')) return undefined;
    if (type === 'IEND') break;
    const whole = crcAt + 4 <= bytes.length;
    if (type === 'IDAT') {
      if (whole && !isSound(bytes, at, crcAt)) return undefined;
      data.push(body); // of one that is cut off, what there is
    } else if (whole && TAKEN.includes(type) && isSound(bytes, at, crcAt)) {
      first[type] ??= body;
    }
    at = crcAt + 4;
  }
  const head = first.IHDR && readIhdr(first.IHDR);
  if (!head || data.length === 0) return undefined;
  if (head.colourType === PALETTE && !first.PLTE) return undefined;
  return {
    ...head,
    palette: first.PLTE ?? new Uint8Array(0),
    transparency: first.tRNS,
    data: concatenate(data),
    exif: first.eXIf ? [first.eXIf] : [],
  };
}

/** The checksum over a chunk's type and body (RFC 2083, 3.2). */
function isSound(bytes: Uint8Array, at: number, crcAt: number): boolean {
  const crc = new DataView(bytes.buffer, bytes.byteOffset + crcAt, 4).getUint32(0);
  return crc32(bytes.subarray(at + 4, crcAt)) === crc;
}

function readIhdr(body: Uint8Array) {
  if (body.length !== IHDR_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, compression, filter, interlace] = body.subarray(
    8,
  ) as unknown as number[];
  const colour = COLOUR[colourType!];
  if (!colour?.depths.includes(depth!) || compression || filter || interlace! > 1) return undefined;
  const bitsPerPixel = depth! * colour.samples;
  const passes: Pass[] = [];
  for (const [x, y, dx, dy] of interlace ? ADAM7 : WHOLE) {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    const rowBytes = Math.ceil((columns * bitsPerPixel) / 8);
    if (columns > 0 && rows > 0) passes.push({ x, y, dx, dy, columns, rows, rowBytes });
  }
  return { width, height, depth: depth!, colourType: colourType!, bitsPerPixel, passes };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
