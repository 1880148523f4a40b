/** Canonical Huffman codes as DEFLATE sends them: by their lengths (RFC 1951, 3.2.2). */

import { DecodeError } from '../refuse.ts';

/** Codes up to this long are found in one step; longer ones bit by bit. */
const FAST_BITS = 10;
export const FAST_MASK = (1 << FAST_BITS) - 1;
const MAX_BITS = 15;

export class Huffman {
  /**
   * Codes by the next FAST_BITS bits: symbol << 4 | length; 0 where the code is longer or not used.
   */
  readonly fast = new Uint16Array(1 << FAST_BITS);
  readonly counts = new Uint16Array(MAX_BITS + 1);
  private readonly symbols: Uint16Array;

  constructor(size: number) {
    this.symbols = new Uint16Array(size);
  }

  /**
   * Rebuild in place: a file may have a code every few bytes, so this is kept cheap (a full
   * 15-bit table here would make small blocks a way to burn our time).
   */
  build(lengths: Uint8Array): this {
    const { fast, counts, symbols } = this;
    counts.fill(0);
    fast.fill(0);
    for (const length of lengths) (counts[length] as number)++;
    counts[0] = 0;
    const offsets = new Uint16Array(MAX_BITS + 2);
    const next = new Uint16Array(MAX_BITS + 2);
    for (let bits = 1, room = 1, code = 0; bits <= MAX_BITS; bits++) {
      room = room * 2 - (counts[bits] as number);
      if (room < 0) throw new DecodeError('over-subscribed code');
      offsets[bits + 1] = (offsets[bits] as number) + (counts[bits] as number);
      next[bits] = code;
      code = (code + (counts[bits] as number)) << 1;
    }
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] as number;
      if (length === 0) continue;
      symbols[(offsets[length] as number)++] = symbol;
      const code = (next[length] as number)++;
      if (length > FAST_BITS) continue;
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
      for (let i = reversed; i <= FAST_MASK; i += 1 << length) fast[i] = (symbol << 4) | length;
    }
    return this;
  }

  /** Bit by bit, the code's first bit lowest. @returns symbol << 4 | length */
  slow(bits: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= bits & 1;
      bits >>>= 1;
      const count = this.counts[length] as number;
      if (code - first < count)
        return ((this.symbols[index + code - first] as number) << 4) | length;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new DecodeError('no such code');
  }
}
