/**
 * DEFLATE in a zlib wrapper (RFC 1950, RFC 1951), streamed: 32 KiB of history and no more.
 *
 * Why not a codec's own: theirs inflate to the end of the data whatever the picture needs, and
 * 10 MiB can hold 10 GiB. This one stops as soon as its reader has enough.
 */

import { DecodeError } from '../refuse.ts';
import { FAST_MASK, Huffman } from './huffman.ts';

/** Takes bytes, which are valid during the call only. Returns true when it needs no more. */
export type Reader = (bytes: Uint8Array) => boolean;

const HISTORY_BYTES = 32_768;
const LONGEST_MATCH = 258;
/** Length from which on a match is copied by the engine, whose call costs as much as a short one. */
const LONG_MATCH = 64;
const FLUSH_AT = HISTORY_BYTES + 65_536;

/**
 * Building codes costs us far more than the 11 bytes it costs the sender. Encoders send codes for
 * at least some kilobytes at a time, or for a row; a file with more than this many is an attack.
 */
const SPARE_CODES = 4096;
const BYTES_PER_CODE = 1024;

/** RFC 1951, 3.2.5: base and extra bits of lengths 257..285 and distances 0..29. */
const LENGTH_BASE = new Uint16Array(29);
const LENGTH_EXTRA = new Uint8Array(29);
const DISTANCE_BASE = new Uint16Array(30);
const DISTANCE_EXTRA = new Uint8Array(30);
for (let i = 0, base = 3; i < 28; i++) {
  LENGTH_EXTRA[i] = i < 8 ? 0 : (i - 4) >> 2;
  LENGTH_BASE[i] = base;
  base += 1 << (LENGTH_EXTRA[i] as number);
}
LENGTH_BASE[28] = LONGEST_MATCH;
for (let i = 0, base = 1; i < 30; i++) {
  DISTANCE_EXTRA[i] = i < 4 ? 0 : (i - 2) >> 1;
  DISTANCE_BASE[i] = base;
  base += 1 << (DISTANCE_EXTRA[i] as number);
}

/** 3.2.7: the order in which the lengths of the code length code are sent. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** 3.2.6 */
function fixedLengths(): Uint8Array {
  return new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
}

/**
 * @param input a whole zlib stream; what follows the last byte needed is not looked at
 * @param reader takes the inflated bytes in order
 * @throws DecodeError where the data are malformed or end before the reader has enough
 */
export function inflate(input: Uint8Array, reader: Reader): void {
  const flags = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
  // Method 8, and no preset dictionary (RFC 1950, 2.2).
  if (((flags >> 8) & 15) !== 8 || flags % 31 !== 0 || flags & 0x20) {
    throw new DecodeError('not a zlib stream');
  }
  new Inflater(input, reader).run();
}

class Inflater {
  private readonly literals = new Huffman(288);
  private readonly distances = new Huffman(32);
  private readonly fixedLiterals = new Huffman(288);
  private readonly fixedDistances = new Huffman(32);
  private codes = 0;
  private handedOver = 0;
  private readonly out = new Uint8Array(FLUSH_AT + LONGEST_MATCH);
  private at = 2;
  private bits = 0;
  private held = 0;
  private to = 0;
  private flushed = 0;

  constructor(
    private readonly input: Uint8Array,
    private readonly reader: Reader,
  ) {}

  run(): void {
    this.fixedLiterals.build(fixedLengths());
    this.fixedDistances.build(new Uint8Array(30).fill(5));
    for (let last = false; !last; ) {
      last = this.take(1) === 1;
      if (this.block(this.take(2))) return;
      if (this.at - (this.held >> 3) > this.input.length) break;
    }
    this.end();
  }

  /** The data are at an end: either the reader has enough now, or something is missing. */
  private end(): true {
    if (!this.flush()) throw new DecodeError('ends early');
    return true;
  }

  /** 3.2.3. @returns true when the reader has enough */
  private block(type: number): boolean {
    if (type === 0) return this.stored();
    if (type === 1) return this.compressed(this.fixedLiterals, this.fixedDistances);
    if (type === 3) throw new DecodeError('reserved block type');
    if (++this.codes > SPARE_CODES + this.handedOver / BYTES_PER_CODE) {
      throw new DecodeError('too many codes');
    }
    this.readCodes();
    return this.compressed(this.literals, this.distances);
  }

  /**
   * Bits from the stream, up to 16, lowest first. Past the end there are zeros: whoever loops looks
   * at `at`.
   */
  private take(count: number): number {
    while (this.held < count) {
      this.bits |= (this.input[this.at++] ?? 0) << this.held;
      this.held += 8;
    }
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.held -= count;
    return value;
  }

  /** 3.2.7 */
  private readCodes(): void {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    if (literals > 286) throw new DecodeError('no such symbol');
    const lengths = new Uint8Array(literals + distances);
    const order = new Uint8Array(19);
    for (let i = 0; i < count; i++) order[CODE_LENGTH_ORDER[i] as number] = this.take(3);
    const code = this.literals.build(order);
    for (let i = 0; i < lengths.length; ) {
      const bits = this.take(7);
      const entry = (code.fast[bits] as number) || code.slow(bits);
      // Seven bits were taken to look at; those beyond the code go back.
      this.bits = (this.bits << (7 - (entry & 15))) | (bits >>> (entry & 15));
      this.held += 7 - (entry & 15);
      const symbol = entry >> 4;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new DecodeError('nothing to repeat');
      const value = symbol === 16 ? (lengths[i - 1] as number) : 0;
      let times =
        symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + times > lengths.length) throw new DecodeError('too many lengths');
      while (times-- > 0) lengths[i++] = value;
    }
    if (lengths[256] === 0) throw new DecodeError('a block without an end');
    this.literals.build(lengths.subarray(0, literals));
    this.distances.build(lengths.subarray(literals));
  }

  /** 3.2.4. @returns true when the reader has enough */
  private stored(): boolean {
    this.take(this.held & 7);
    // Whole bytes may have been read ahead.
    this.at -= this.held >> 3;
    this.bits = 0;
    this.held = 0;
    const length = this.take(16);
    if ((length ^ this.take(16)) !== 0xffff) throw new DecodeError('bad stored length');
    const end = Math.min(this.at + length, this.input.length);
    while (this.at < end) {
      const part = this.input.subarray(this.at, Math.min(end, this.at + FLUSH_AT - this.to));
      this.out.set(part, this.to);
      this.at += part.length;
      this.to += part.length;
      if (this.to >= FLUSH_AT && this.flush()) return true;
    }
    return this.at === this.input.length && this.end();
  }

  private compressed(literals: Huffman, distances: Huffman): boolean {
    const { input, out } = this;
    const fastLiterals = literals.fast;
    const fastDistances = distances.fast;
    let { at, bits, held, to } = this;
    /** Bytes made of bits that are there: past the end there are zeros. */
    let sound = to;
    for (;;) {
      if (at > input.length) {
        if (at - (held >> 3) > input.length) break;
        sound = to;
      }
      while (held <= 24) {
        bits |= (input[at++] as number) << held;
        held += 8;
      }
      let entry = (fastLiterals[bits & FAST_MASK] as number) || literals.slow(bits);
      bits >>>= entry & 15;
      held -= entry & 15;
      let symbol = entry >> 4;
      if (symbol < 256) {
        out[to++] = symbol;
      } else if (symbol === 256) {
        Object.assign(this, { at, bits, held, to });
        return false;
      } else {
        symbol -= 257;
        if (symbol >= 29) throw new DecodeError('no such length');
        let extra = LENGTH_EXTRA[symbol] as number;
        const length = (LENGTH_BASE[symbol] as number) + (bits & ((1 << extra) - 1));
        bits >>>= extra;
        held -= extra;
        while (held <= 24) {
          bits |= (input[at++] as number) << held;
          held += 8;
        }
        entry = (fastDistances[bits & FAST_MASK] as number) || distances.slow(bits);
        bits >>>= entry & 15;
        held -= entry & 15;
        symbol = entry >> 4;
        if (symbol >= 30) throw new DecodeError('no such distance');
        extra = DISTANCE_EXTRA[symbol] as number;
        while (held < extra) {
          bits |= (input[at++] as number) << held;
          held += 8;
        }
        let from = to - (DISTANCE_BASE[symbol] as number) - (bits & ((1 << extra) - 1));
        bits >>>= extra;
        held -= extra;
        if (from < 0) throw new DecodeError('before the beginning');
        const distance = to - from;
        if (distance === 1) {
          out.fill(out[from] as number, to, to + length);
          to += length;
        } else if (distance >= length && length >= LONG_MATCH) {
          out.copyWithin(to, from, from + length);
          to += length;
        } else {
          for (const end = to + length; to < end; ) out[to++] = out[from++] as number;
        }
      }
      if (to >= FLUSH_AT && at - (held >> 3) <= input.length) {
        this.to = to;
        if (this.flush()) return true;
        sound = to = this.to;
      }
    }
    this.to = sound;
    return this.end();
  }

  /** Hand over what is new, keep the history. @returns true when the reader has enough */
  private flush(): boolean {
    this.handedOver += this.to - this.flushed;
    if (this.reader(this.out.subarray(this.flushed, this.to))) return true;
    if (this.to > HISTORY_BYTES) {
      this.out.copyWithin(0, this.to - HISTORY_BYTES, this.to);
      this.to = HISTORY_BYTES;
    }
    this.flushed = this.to;
    return false;
  }
}
