/** A PNG writer for tests: every colour type, depth, filter and Adam7, as RFC 2083 has them. */
import { crc32 } from '../../worker/image/png/crc32.ts';

export interface PngSpec {
  width: number;
  height: number;
  /** Default 8. */
  depth?: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  colourType: number;
  /** A pixel's samples, each 0..2^depth - 1. */
  pixel: (x: number, y: number) => number[];
  interlaced?: boolean;
  /** Filter type of a row; default 0. */
  filter?: (row: number) => number;
  palette?: number[];
  transparency?: number[];
  /** Whole chunks to put before IDAT. */
  extra?: Uint8Array[];
  /** The bodies of the IDAT chunks; default one, of all rows stored uncompressed. */
  data?: (raw: Uint8Array) => Uint8Array[];
}

export const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** First column and row, and the steps, of each pass (RFC 2083, 2.6). */
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

export function encodePng(spec: PngSpec): Uint8Array {
  const { palette, transparency, extra = [], data = (raw) => [stored(raw)] } = spec;
  return concat([
    new Uint8Array(SIGNATURE),
    chunk('IHDR', header(spec)),
    ...(palette ? [chunk('PLTE', new Uint8Array(palette))] : []),
    ...(transparency ? [chunk('tRNS', new Uint8Array(transparency))] : []),
    ...extra,
    ...data(rows(spec)).map((body) => chunk('IDAT', body)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export function header(spec: Omit<PngSpec, 'pixel'>): Uint8Array {
  const body = new Uint8Array(13);
  const view = new DataView(body.buffer);
  view.setUint32(0, spec.width);
  view.setUint32(4, spec.height);
  body.set([spec.depth ?? 8, spec.colourType, 0, 0, spec.interlaced ? 1 : 0], 8);
  return body;
}

export function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, body.length);
  out.set(
    [...type].map((char) => char.charCodeAt(0)),
    4,
  );
  out.set(body, 8);
  view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)));
  return out;
}

/** A zlib stream that does not compress (RFC 1951, 3.2.4). */
export function stored(raw: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array([0x78, 0x01])];
  for (let at = 0; at === 0 || at < raw.length; at += 65_535) {
    const part = raw.subarray(at, at + 65_535);
    const { length } = part;
    const last = at + 65_535 >= raw.length ? 1 : 0;
    parts.push(new Uint8Array([last, length, length >> 8, ~length, ~length >> 8]), part);
  }
  parts.push(new Uint8Array(4)); // Adler-32, which our reader does not look at
  return concat(parts);
}

/** Compressed by the platform. */
export async function deflate(raw: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([raw as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** All rows, filtered, each after its filter type; pass by pass where interlaced. */
export function rows(spec: PngSpec): Uint8Array {
  const depth = spec.depth ?? 8;
  const bits = depth * (SAMPLES[spec.colourType] as number);
  const step = Math.max(1, bits >> 3);
  const passes = spec.interlaced ? ADAM7 : WHOLE;
  const out: Uint8Array[] = [];
  for (const [x0, y0, dx, dy] of passes) {
    const columns = Math.ceil((spec.width - x0) / dx);
    let above = new Uint8Array(Math.ceil((columns * bits) / 8));
    if (columns <= 0) continue;
    for (let y = y0, n = 0; y < spec.height; y += dy, n++) {
      const raw = new Uint8Array(above.length);
      for (let i = 0, bit = 0; i < columns; i++) {
        for (const sample of spec.pixel(x0 + i * dx, y)) {
          if (depth === 16) raw[bit >> 3] = sample >> 8;
          const at = (bit + depth - 1) >> 3;
          (raw[at] as number) |= depth >= 8 ? sample : sample << (8 - depth - (bit & 7));
          bit += depth;
        }
      }
      const type = spec.filter?.(n) ?? 0;
      out.push(new Uint8Array([type]), filtered(raw, above, step, type));
      above = raw;
    }
  }
  return concat(out);
}

function filtered(raw: Uint8Array, above: Uint8Array, step: number, type: number): Uint8Array {
  return raw.map((value, i) => {
    const left = raw[i - step] ?? 0;
    const up = above[i] as number;
    const upLeft = i < step ? 0 : (above[i - step] as number);
    const near = left + up - upLeft;
    const order = [left, up, upLeft].map((v, rank) => ({ v, rank, far: Math.abs(near - v) }));
    order.sort((a, b) => a.far - b.far || a.rank - b.rank);
    const paeth = order[0]?.v;
    return value - ([0, left, up, (left + up) >> 1, paeth][type] as number);
  });
}

/** A PNG around compressed rows. */
export function pngOf(spec: Omit<PngSpec, 'pixel'>, data: Uint8Array): Uint8Array {
  return concat([
    new Uint8Array(SIGNATURE),
    chunk('IHDR', header(spec)),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** A square of one colour, many pixels in few bytes, each row by the slowest filter. */
export async function flatPng(
  side: number,
  depth: number,
  colourType: 0 | 2 | 6,
  interlaced = false,
) {
  const bits = (SAMPLES[colourType] as number) * depth;
  const lines = (interlaced ? ADAM7 : WHOLE).flatMap(([x, y, dx, dy]) => {
    const row = new Uint8Array(1 + (Math.ceil((side - x) / dx) * bits) / 8).fill(37);
    row[0] = 4; // Paeth
    return Array<Uint8Array>(Math.ceil((side - y) / dy)).fill(row);
  });
  const spec = { width: side, height: side, depth, colourType, interlaced };
  return pngOf(spec, await deflate(concat(lines)));
}

/**
 * Zeros as zlib, each three of them a match of two bits (RFC 1951, 3.2.7).
 * @param distance of each match
 */
export function shortMatches(length: number, distance: 1 | 2): Uint8Array {
  const out = new Uint8Array(200 + Math.ceil(length / 3));
  out.set([0x78, 0x01]);
  let at = 16;
  const put = (value: number, bits: number) => {
    for (let i = 0; i < bits; i++, at++) (out[at >> 3] as number) |= ((value >> i) & 1) << (at & 7);
  };
  // Symbols 0, 1, 2 and 18 of the code of lengths have two bits each.
  const put0 = () => put(0b00, 2);
  const put1 = () => put(0b10, 2);
  const put2 = () => put(0b01, 2);
  const zeros = (count: number) => {
    put(0b11, 2);
    put(count - 11, 7);
  };
  const symbol = distance - 1;
  put(0b101, 3); // the last block, with codes of its own
  put(1, 5); // 258 lengths and literals
  put(symbol, 5);
  put(15, 4);
  for (const length of [0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0]) put(length, 3);
  put2(); // literal 0
  zeros(138);
  zeros(255 - 138);
  put2(); // the end
  put1(); // length 3
  for (let i = 0; i < symbol; i++) put0();
  put1();
  // Codes: length 3 is 0, literal 0 is 10, the end is 11.
  for (let i = 0; i < 24; i++) put(0b01, 2);
  for (let made = 24; made < length; made += 3) put(0, 2);
  put(0b11, 2);
  return out.subarray(0, (at >> 3) + 6);
}
