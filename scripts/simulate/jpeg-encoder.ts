/**
 * A baseline JPEG encoder (ITU-T T.81, 4:2:0): cameras and browsers hand over no other pictures.
 */
import type { Pixels } from '../../worker/image/pixels.ts';

/** T.81 annex K.1 and K.2, row by row. */
const LUMA = table(
  '16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 ' +
    '18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99',
);
const CHROMA = table(
  '17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 ' +
    `${'99 '.repeat(32)}`,
);

/** Order in which a block's coefficients are written. */
const ZIGZAG = table(
  '0 1 8 16 9 2 3 10 17 24 32 25 18 11 4 5 12 19 26 33 40 48 41 34 27 20 13 6 7 14 21 28 ' +
    '35 42 49 56 57 50 43 36 29 22 15 23 30 37 44 51 58 59 52 45 38 31 39 46 53 60 61 54 47 55 62 63',
);

/** T.81 annex K.3: how many codes of each length 1..16, and their values. */
const DC = { counts: '00010501010101010100000000000000', values: '000102030405060708090a0b' };
const AC = {
  counts: '0002010303020403050504040000017d',
  values:
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a' +
    '3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a929394' +
    '95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8' +
    'e9eaf1f2f3f4f5f6f7f8f9fa',
};
const DC_CODES = codes(DC);
const AC_CODES = codes(AC);

function table(numbers: string): number[] {
  return numbers.trim().split(/\s+/).map(Number);
}

interface Code {
  readonly bits: number;
  readonly length: number;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The codes of a Huffman table by value (T.81 annex C). */
function codes({ counts, values }: { counts: string; values: string }): Code[] {
  const list = fromHex(values);
  const out: Code[] = [];
  let bits = 0;
  let at = 0;
  for (const [i, count] of fromHex(counts).entries()) {
    for (let k = 0; k < count; k++) out[list[at++] as number] = { bits: bits++, length: i + 1 };
    bits *= 2;
  }
  return out;
}

/** cos((2x + 1) u pi / 16), scaled so that the transform is orthonormal: index 8 u + x. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const u = i >> 3;
  return Math.cos(((2 * (i & 7) + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1) * 0.5;
});

class BitWriter {
  bytes = new Uint8Array(1 << 16);
  length = 0;
  private pending = 0;
  private count = 0;

  /** @param code at most 16 bits */
  put({ bits, length }: Code): void {
    this.pending = (this.pending << length) | bits;
    this.count += length;
    while (this.count >= 8) {
      this.count -= 8;
      const byte = (this.pending >> this.count) & 0xff;
      this.pending &= (1 << this.count) - 1;
      this.push(byte);
      if (byte === 0xff) this.push(0); // else it would read as a marker
    }
  }

  /** Fills the last byte with ones. */
  end(): void {
    if (this.count > 0) this.put({ bits: (1 << (8 - this.count)) - 1, length: 8 - this.count });
  }

  private push(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }
}

/** @param quality 1..100, as libjpeg counts it */
export function encodeJpeg({ width, height, rgb }: Pixels, quality: number): Uint8Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const scaled = (steps: readonly number[]) =>
    steps.map((step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
  const [luma, chroma] = [scaled(LUMA), scaled(CHROMA)];
  const w = Math.ceil(width / 16) * 16;
  const h = Math.ceil(height / 16) * 16;
  const y = new Float32Array(w * h);
  const cb = new Float32Array((w * h) / 4);
  const cr = new Float32Array((w * h) / 4);
  for (let row = 0; row < h; row++) {
    for (let column = 0; column < w; column++) {
      const p = 3 * (Math.min(row, height - 1) * width + Math.min(column, width - 1));
      const [r, g, b] = [rgb[p] as number, rgb[p + 1] as number, rgb[p + 2] as number];
      const q = (row >> 1) * (w / 2) + (column >> 1);
      // JFIF: BT.601 at full range, the halved planes the mean of four.
      y[row * w + column] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
      cb[q] = (cb[q] as number) + (-0.168736 * r - 0.331264 * g + 0.5 * b) / 4;
      cr[q] = (cr[q] as number) + (0.5 * r - 0.418688 * g - 0.081312 * b) / 4;
    }
  }
  const writer = new BitWriter();
  const last = { y: 0, cb: 0, cr: 0 };
  for (let row = 0; row < h; row += 16) {
    for (let column = 0; column < w; column += 16) {
      for (const [dy, dx] of [
        [0, 0],
        [0, 8],
        [8, 0],
        [8, 8],
      ] as const) {
        last.y = writeBlock(writer, y, w, column + dx, row + dy, luma, last.y);
      }
      last.cb = writeBlock(writer, cb, w / 2, column / 2, row / 2, chroma, last.cb);
      last.cr = writeBlock(writer, cr, w / 2, column / 2, row / 2, chroma, last.cr);
    }
  }
  writer.end();
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const zigzag = (steps: readonly number[]) =>
    ZIGZAG.map((i) => hex(steps[i] as number, 2)).join('');
  const head = [
    'ffd8ffe000104a46494600010100000100010000', // SOI, APP0 JFIF
    `ffdb008400${zigzag(luma)}01${zigzag(chroma)}`,
    `ffc0001108${hex(height, 4)}${hex(width, 4)}03012200021101031101`,
    `ffc4001f00${DC.counts}${DC.values}ffc400b510${AC.counts}${AC.values}`,
    // One pair of tables serves all components.
    'ffda000c03010002000300003f00',
  ].join('');
  const before = fromHex(head);
  const out = new Uint8Array(before.length + writer.length + 2);
  out.set(before);
  out.set(writer.bytes.subarray(0, writer.length), before.length);
  out.set([0xff, 0xd9], before.length + writer.length); // EOI
  return out;
}

const COLUMNS = new Float64Array(64);

/** Transforms, quantizes and writes one 8 x 8 block. @returns its DC value, quantized */
function writeBlock(
  writer: BitWriter,
  plane: Float32Array,
  stride: number,
  left: number,
  top: number,
  steps: readonly number[],
  lastDc: number,
): number {
  for (let x = 0; x < 8; x++) {
    for (let v = 0; v < 8; v++) {
      let sum = 0;
      for (let k = 0; k < 8; k++) {
        sum += (COSINES[8 * v + k] as number) * (plane[(top + k) * stride + left + x] as number);
      }
      COLUMNS[8 * v + x] = sum;
    }
  }
  const coefficient = (i: number): number => {
    let sum = 0;
    for (let k = 0; k < 8; k++) {
      sum += (COSINES[8 * (i & 7) + k] as number) * (COLUMNS[(i & 56) + k] as number);
    }
    return Math.round(sum / (steps[i] as number));
  };
  const dc = coefficient(0);
  const size = bitLength(dc - lastDc);
  writer.put(DC_CODES[size] as Code);
  writer.put(magnitude(dc - lastDc, size));
  let zeros = 0;
  for (let k = 1; k < 64; k++) {
    const value = coefficient(ZIGZAG[k] as number);
    if (value === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) writer.put(AC_CODES[0xf0] as Code);
    const length = bitLength(value);
    writer.put(AC_CODES[16 * zeros + length] as Code);
    writer.put(magnitude(value, length));
    zeros = 0;
  }
  if (zeros > 0) writer.put(AC_CODES[0] as Code);
  return dc;
}

function bitLength(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

/** T.81 F.1.2.1: a negative number is written as itself less one, its low bits. */
function magnitude(value: number, length: number): Code {
  return { bits: value < 0 ? value + (1 << length) - 1 : value, length };
}
