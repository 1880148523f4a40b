/** Cutting and splicing JPEGs, for tests. */
import { concat } from './png.ts';

/** Offset of the 0xff of the n-th marker with this code. */
export function findMarker(bytes: Uint8Array, code: number, n = 0): number {
  for (let at = 0; at < bytes.length - 1; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === code && n-- === 0) return at;
  }
  throw new Error(`no marker ${code.toString(16)}`);
}

export function segment(code: number, body: Uint8Array): Uint8Array {
  const length = body.length + 2;
  return concat([new Uint8Array([0xff, code, length >> 8, length]), body]);
}

/** Put something in right after SOI. */
export function splice(jpeg: Uint8Array, ...segments: Uint8Array[]): Uint8Array {
  return concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** A copy with a few bytes changed. */
export function patch(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

export interface ExifSpec {
  little?: boolean;
  tag?: number;
  type?: number;
  value?: number;
  /** Entries before the one that counts. */
  others?: number;
  ifdAt?: number;
  magic?: number;
}

/** A TIFF structure of one IFD (TIFF 6.0, section 2). */
export function tiff(spec: ExifSpec = {}): Uint8Array {
  const { little = false, tag = 0x0112, type = 3, value = 6, others = 0 } = spec;
  const bytes = new Uint8Array(8 + 2 + 12 * (others + 1) + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, spec.magic ?? 42, little);
  view.setUint32(4, spec.ifdAt ?? 8, little);
  view.setUint16(8, others + 1, little);
  for (let i = 0; i <= others; i++) {
    const at = 10 + 12 * i;
    view.setUint16(at, i < others ? 0x9000 + i : tag, little);
    view.setUint16(at + 2, type, little);
    view.setUint32(at + 4, 1, little);
    setInteger(view, at + 8, i < others ? 3 : type, i < others ? 99 : value, little);
  }
  return bytes;
}

/** Left-justified in four bytes, as TIFF wants it. */
function setInteger(view: DataView, at: number, type: number, value: number, little: boolean) {
  if (type === 1 || type === 6) view.setUint8(at, value);
  else if (type === 4 || type === 9) view.setUint32(at, value, little);
  else view.setUint16(at, value, little);
}

/** APP1 as a camera writes it (EXIF 2.32, 4.7.2). */
export function app1(exif: Uint8Array): Uint8Array {
  return segment(0xe1, concat([new TextEncoder().encode('Exif\0\0'), exif]));
}

/** Offset of these bytes, where they first are. */
export function findBytes(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = 0; at <= bytes.length - wanted.length; at++) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  throw new Error('not found');
}

/** A grey picture of any size: two bits a block, "no difference to the last" and "no more". */
export function flatJpeg(width: number, height: number): Uint8Array {
  const table = [1, ...Array(15).fill(0), 0];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  return concat([
    new Uint8Array([0xff, 0xd8]),
    segment(0xdb, new Uint8Array(65).fill(1, 1)),
    segment(0xc0, new Uint8Array([8, height >> 8, height, width >> 8, width, 1, 1, 0x11, 0])),
    segment(0xc4, new Uint8Array([0x00, ...table, 0x10, ...table])),
    segment(0xda, new Uint8Array([1, 1, 0, 0, 63, 0])),
    new Uint8Array(Math.ceil(blocks / 4)),
    new Uint8Array([0xff, 0xd9]),
  ]);
}

/**
 * A grey progressive picture in as many scans as are asked for, one coefficient each: few bytes, and
 * each scan a pass over all of them (T.81, G.1.2.2: a run of blocks without any).
 */
export function scansJpeg(width: number, height: number, components: number, scans: number) {
  const table = [1, ...Array(15).fill(0)];
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const parts = [
    new Uint8Array([0xff, 0xd8]),
    segment(0xdb, new Uint8Array(65).fill(1, 1)),
    segment(
      0xc2,
      new Uint8Array([
        ...[8, height >> 8, height, width >> 8, width, components],
        ...ids.flatMap((id) => [id, 0x11, 0]),
      ]),
    ),
    segment(0xc4, new Uint8Array([0x00, ...table, 0, 0x10, ...table, 0xe0])),
    segment(0xda, new Uint8Array([components, ...ids.flatMap((id) => [id, 0]), 0, 0, 0])),
    new Uint8Array(Math.ceil((blocks * components) / 8)),
  ];
  for (let n = 0; n < scans - 1; n++) {
    const coefficient = 1 + Math.floor(n / components);
    const id = ids[n % components] as number;
    parts.push(segment(0xda, new Uint8Array([1, id, 0, coefficient, coefficient, 0])));
    parts.push(endOfBlocks(blocks));
  }
  return concat([...parts, new Uint8Array([0xff, 0xd9])]);
}

/** "No more in the next 2^14 + n blocks": one bit of code, and 14 of n. */
function endOfBlocks(blocks: number): Uint8Array {
  let bits = '';
  for (let left = blocks; left > 0; left -= 32_767) {
    bits += `0${Math.max(0, Math.min(left, 32_767) - 16_384)
      .toString(2)
      .padStart(14, '0')}`;
  }
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(
    bytes.flatMap((byte) => {
      const value = Number.parseInt(byte.padEnd(8, '1'), 2);
      return value === 0xff ? [0xff, 0] : [value];
    }),
  );
}
