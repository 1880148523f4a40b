import { describe, expect, it } from 'vitest';
import { type Reader, withPngCodec } from '../../../worker/image/png/codec.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import { codecs } from '../../support/codecs.ts';
import { concat, deflate, stored } from '../../support/png.ts';
import { seeded } from '../../support/scene.ts';

const inflate = (input: Uint8Array, reader: Reader) =>
  withPngCodec(codecs.png, (codec) => codec.inflate(input, reader));

/** Read exactly `length` bytes. */
function inflated(input: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let seen = 0;
  inflate(input, (bytes) => {
    parts.push(bytes.slice());
    seen += bytes.length;
    return seen >= length;
  });
  return concat(parts).subarray(0, length);
}

/** Bits in the order DEFLATE packs them: lowest first; Huffman codes are written reversed. */
function pack(bits: string): Uint8Array {
  const clean = bits.replaceAll(' ', '');
  const out = new Uint8Array(2 + Math.ceil(clean.length / 8));
  out.set([0x78, 0x01]);
  [...clean].forEach((bit, i) => {
    (out[2 + (i >> 3)] as number) |= Number(bit) << (i & 7);
  });
  return out;
}

const number = (value: number, bits: number) =>
  [...value.toString(2).padStart(bits, '0')].reverse().join('');

const sources: [string, (random: () => number, i: number) => number][] = [
  ['noise', (random) => random() * 256],
  ['few symbols', (random) => random() ** 8 * 256],
  ['a gradient', (random, i) => i / 9 + random() * 3],
  ['zeros', () => 0],
  ['text-like repeats', (_, i) => 'the quick brown fox '.charCodeAt(i % 20) + ((i / 997) | 0)],
];

describe('inflate', () => {
  it.each(sources)('undoes what the platform compresses: %s', async (_, source) => {
    const random = seeded(7);
    for (const length of [1, 257, 32_768, 200_001]) {
      const raw = Uint8Array.from({ length }, (_, i) => source(random, i));
      const compressed = await deflate(raw);
      expect(crc32(inflated(compressed, length))).toBe(crc32(raw));
    }
  });

  it('undoes stored blocks', () => {
    const raw = Uint8Array.from({ length: 140_000 }, (_, i) => i * 7);
    expect(crc32(inflated(stored(raw), raw.length))).toBe(crc32(raw));
  });

  it('undoes a fixed code, a match that overlaps itself, and a second block', () => {
    // "a", then length 258 at distance 1; end; then a stored block of "b".
    const a = number(0x30 + 97, 8);
    const written = [...a].reverse().join('');
    const match = `${[...number(0xc5, 8)].reverse().join('')} 00000`;
    const bits = `0 10 ${written} ${match} 0000000 1 00`;
    const head = pack(bits);
    const input = concat([head, new Uint8Array([1, 0, 254, 255, 98])]);
    const out = inflated(input, 260);
    expect(String.fromCharCode(...out)).toBe(`${'a'.repeat(259)}b`);
  });

  it('stops when its reader has enough', async () => {
    const bomb = await deflate(new Uint8Array(8 * 2 ** 20));
    let seen = 0;
    inflate(bomb, (bytes) => {
      seen += bytes.length;
      return seen >= 1000;
    });
    expect(seen).toBeLessThan(100_000);
  });

  it('refuses what ends early, wherever', async () => {
    const random = seeded(3);
    const raw = Uint8Array.from({ length: 5000 }, () => random() ** 3 * 256);
    const whole = await deflate(raw);
    // The last four bytes are a checksum that is not looked at.
    for (let length = 0; length < whole.length - 5; length += 29) {
      expect(() => inflated(whole.subarray(0, length), raw.length)).toThrow();
    }
    expect(() => inflated(whole, raw.length + 1)).toThrow('ends early');
    expect(() => inflated(stored(raw).subarray(0, 4000), raw.length)).toThrow('ends early');
  });

  it.each([
    ['no header', new Uint8Array(0)],
    ['another method', new Uint8Array([0x79, 0x00, 3, 0])],
    ['a wrong header check', new Uint8Array([0x78, 0x02, 3, 0])],
    ['a preset dictionary', new Uint8Array([0x78, 0x20, 0, 0, 0, 0, 3, 0])],
    ['block type 3', pack('1 11')],
    ['a stored length that does not match', new Uint8Array([0x78, 1, 1, 1, 0, 1, 0, 9])],
    ['a match before the beginning', pack('1 10 0000001 00000 0000000')],
    ['length symbol 286', pack('1 10 11000110 00000 0000000')],
    ['distance symbol 30', pack('1 10 10010001 0000001 11110 0000000')],
    ['287 literal codes', pack(`1 01 ${number(30, 5)} 00000 0000`)],
    ['an over-subscribed code', pack(`1 01 00000 00000 0000 ${number(1, 3).repeat(4)}`)],
    ['a repeat of nothing', pack(`1 01 00000 00000 0000 ${number(1, 3)} 000 000 000 0 00`)],
    [
      'no code for the end of a block',
      pack(
        `1 01 00000 00000 0000 000 000 ${number(1, 3)} 000 0 ${number(127, 7)} 0 ${number(109, 7)}`,
      ),
    ],
  ])('refuses %s', (_, input) => {
    expect(() => inflated(input, 1000)).toThrow();
  });

  it('refuses a file that is all codes and no data', () => {
    // Lengths: 256 zeros, then 1 for the end of the block and 1 for a distance; then that end.
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];
    const lengths = order
      .map((symbol) => number(symbol === 18 || symbol === 1 ? 1 : 0, 3))
      .join('');
    // Code 0 is symbol 1 and code 1 is symbol 18: 138 + 118 zeros.
    const block = `0 01 00000 00000 ${number(14, 4)} ${lengths} 1 ${number(127, 7)} 1 ${number(107, 7)} 0 0 0`;
    const input = pack(block.repeat(5000));
    expect(() => inflated(input, 1)).toThrow('too many codes');
    expect(() => inflated(pack(block.repeat(4000)), 1)).toThrow(/stored length|ends early/);
  });
});

describe('crc32', () => {
  it('gives the check value of the algorithm', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});
