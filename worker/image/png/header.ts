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

/** Places of its pixels in the picture: first column and row, the steps, and how many. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of one row, without its filter byte. */
  readonly rowBytes: number;
}

const SIGNATURE_BYTES = 8;
/** Length, type and CRC around a chunk's body. */
const CHUNK_OVERHEAD_BYTES = 12;
const IHDR_BYTES = 13;
const PALETTE = 3;

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

/** A chunk's type as one number: its four letters. */
const IHDR = 0x49_48_44_52;
const PLTE = 0x50_4c_54_45;
const TRNS = 0x74_52_4e_53;
const IDAT = 0x49_44_41_54;
const EXIF = 0x65_58_49_66;
const IEND = 0x49_45_4e_44;

/**
 * Chunks that decoding does not take are skipped unread: text, profiles, animation frames. One of a
 * wrong checksum is left out, as by libpng, unless the pixels depend on it. A file may end early: if
 * pixels are missing, decoding will tell. No object is made for a chunk: 10 MiB have room for
 * 870,000 empty ones.
 *
 * @returns undefined where the file is malformed, or the checksum of a critical chunk is wrong.
 */
export function readPngHeader(bytes: Uint8Array): PngHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let ihdr: Uint8Array | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  let exif: Uint8Array | undefined;
  const data = { firstAt: 0, chunks: 0, bytes: 0 };
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_OVERHEAD_BYTES <= bytes.length) {
    const crcAt = at + 8 + view.getUint32(at);
    const type = view.getUint32(at + 4);
    if ((at === SIGNATURE_BYTES) !== (type === IHDR)) return undefined;
    if (type === IEND) break;
    const whole = crcAt + 4 <= bytes.length;
    if (type === IDAT) {
      if (whole && !isSound(bytes, view, at)) return undefined;
      if (data.chunks++ === 0) data.firstAt = at;
      data.bytes += Math.min(crcAt, bytes.length) - at - 8; // of one that is cut off, what there is
    } else if (whole) {
      const wanted =
        (type === IHDR && !ihdr) ||
        (type === PLTE && !palette) ||
        (type === TRNS && !transparency) ||
        (type === EXIF && !exif);
      if (wanted && isSound(bytes, view, at)) {
        const body = bytes.subarray(at + 8, crcAt);
        if (type === IHDR) ihdr = body;
        else if (type === PLTE) palette = body;
        else if (type === TRNS) transparency = body;
        else exif = body;
      }
    }
    at = crcAt + 4;
  }
  const head = ihdr && readIhdr(ihdr);
  if (!head || data.chunks === 0) return undefined;
  if (head.colourType === PALETTE && !palette) return undefined;
  return {
    ...head,
    palette: palette ?? new Uint8Array(0),
    transparency,
    data: joinData(bytes, view, data),
    exif: exif ? [exif] : [],
  };
}

/** The checksum over a chunk's type and body (RFC 2083, 3.2). */
function isSound(bytes: Uint8Array, view: DataView, at: number): boolean {
  const crcAt = at + 8 + view.getUint32(at);
  return crc32(bytes, at + 4, crcAt) === view.getUint32(crcAt);
}

/** The bodies of all IDAT chunks: where there is one, in place. */
function joinData(
  bytes: Uint8Array,
  view: DataView,
  data: { readonly firstAt: number; readonly chunks: number; readonly bytes: number },
): Uint8Array {
  const start = data.firstAt + 8;
  if (data.chunks === 1) return bytes.subarray(start, start + data.bytes);
  const whole = new Uint8Array(data.bytes);
  let to = 0;
  for (let at = data.firstAt; to < data.bytes; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === IDAT && length > 0) {
      const body = bytes.subarray(at + 8, at + 8 + length);
      whole.set(body, to);
      to += body.length;
    }
    at += CHUNK_OVERHEAD_BYTES + length;
  }
  return whole;
}

/** Depth, colour type, compression, filter, interlace. */
type IhdrTail = [number, number, number, number, number];

function readIhdr(body: Uint8Array) {
  if (body.length !== IHDR_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, compression, filter, interlace] = [...body.subarray(8)] as IhdrTail;
  const colour = COLOUR[colourType];
  if (!colour?.depths.includes(depth) || compression || filter || interlace > 1) return undefined;
  const bitsPerPixel = depth * colour.samples;
  const passes: Pass[] = [];
  for (const [x, y, dx, dy] of interlace ? ADAM7 : WHOLE) {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    const rowBytes = Math.ceil((columns * bitsPerPixel) / 8);
    if (columns > 0 && rows > 0) passes.push({ x, y, dx, dy, columns, rows, rowBytes });
  }
  return { width, height, depth, colourType, bitsPerPixel, passes };
}
