/** Tests of the depthwise convolution of bytes: its bits are those of plain integer arithmetic. */
import { describe, expect, it } from 'vitest';
import { AT, type Int8Kernels } from './int8-kernels.ts';

interface Asked {
  readonly channels: number;
  readonly outputs: number;
  readonly taps: number;
  readonly zero?: number;
  readonly filterZero?: number;
  /** Inputs and weights; random ones of the full range where they are left out. */
  readonly input?: () => number;
  readonly weight?: () => number;
  /** Input that ends where the memory ends. */
  readonly last?: 'map' | 'filter' | 'list';
}

/** Places in the map that taps are taken from, in no order. */
const PLACES = 20;
/** Number that stands around the results, and that no sum here comes to. */
const MARK = 0x5a5a5a5a;
/** End of the kernels’ stack: 65,536 bytes behind the first 1,024, which fill up from here downwards. */
const STACK = 0x10400;

export function testInt8Depthwise({ wasm, memory, random }: Int8Kernels): void {
  const byte = () => random(256);

  /** Our sums beside the plain ones, undefined where it declines. Nothing around them may be touched. */
  function convolved(asked: Asked) {
    const { channels, outputs, taps, zero = 128, filterZero = 0, last } = asked;
    const u8 = new Uint8Array(memory());
    const map = Uint8Array.from({ length: PLACES * channels }, asked.input ?? byte);
    const filter = Uint8Array.from({ length: taps * channels }, asked.weight ?? byte);
    const places = Array.from({ length: outputs * taps }, () => random(PLACES));
    // Inputs end where the memory ends, one at a time: what is read too far is then outside of it.
    const at = { map: AT.a, filter: AT.b, list: AT.matrices };
    if (last === 'map') at.map = u8.length - map.length;
    if (last === 'filter') at.filter = u8.length - filter.length;
    if (last === 'list') at.list = u8.length - 4 * places.length;
    u8.set(map, at.map);
    u8.set(filter, at.filter);
    new Uint32Array(memory()).set(
      places.map((place) => at.map + place * channels),
      at.list / 4,
    );
    const count = outputs * channels;
    const around = new Int32Array(memory(), AT.c - 64, count + 32).fill(MARK);
    const above = new Int32Array(memory(), STACK, 16).fill(MARK);
    const done = wasm.depthwise(
      at.list,
      zero,
      at.filter,
      filterZero,
      AT.c,
      channels,
      outputs,
      taps,
    );
    const ours = [...around.subarray(16, 16 + count)];
    const marks = [...around.subarray(0, 16), ...around.subarray(16 + count), ...above];
    expect(new Set(marks)).toEqual(new Set([MARK]));
    if (done === 0) {
      expect(new Set(ours)).toEqual(new Set([MARK])); // nothing was written
      return undefined;
    }
    const plain = Array.from({ length: count }, (_, i) => {
      const channel = i % channels;
      let sum = 0;
      for (let t = 0; t < taps; t++) {
        const place = places[Math.trunc(i / channels) * taps + t] as number;
        const weight = ((filter[t * channels + channel] as number) << 24) >> 24;
        sum += ((map[place * channels + channel] as number) - zero) * weight;
      }
      return sum;
    });
    return { ours, plain };
  }

  describe('the depthwise convolution of bytes', () => {
    const exact = (asked: Asked): void => {
      const { ours, plain } = convolved(asked) as NonNullable<ReturnType<typeof convolved>>;
      expect(ours, JSON.stringify(asked)).toEqual(plain);
    };

    it('is exact for every number of channels, outputs and taps', () => {
      for (const channels of [16, 17, 24, 31, 32, 40, 64]) {
        for (const outputs of [1, 2, 7, 10]) {
          for (const taps of [0, 1, 2, 3, 9, 25, 49, 63, 64]) exact({ channels, outputs, taps });
        }
      }
    });

    it('is exact for every zero, and at the ends of the range', () => {
      for (const zero of [0, 1, 127, 255]) {
        exact({ channels: 32, outputs: 5, taps: 9, zero });
        for (const input of [0, 255]) {
          for (const weight of [127, 128]) {
            const ends = { input: () => input, weight: () => weight };
            exact({ channels: 16, outputs: 2, taps: 64, zero, ...ends });
          }
        }
      }
    });

    it('reads nothing beyond its inputs', () => {
      for (const last of ['map', 'filter', 'list'] as const) {
        for (const taps of [1, 2, 9]) exact({ channels: 24, outputs: 30, taps, last });
      }
    });

    it('declines what it does not know, and writes nothing', () => {
      expect(convolved({ channels: 15, outputs: 2, taps: 9 })).toBeUndefined();
      expect(convolved({ channels: 16, outputs: 2, taps: 65 })).toBeUndefined();
      for (const filterZero of [1, -1, -128]) {
        expect(convolved({ channels: 16, outputs: 2, taps: 9, filterZero })).toBeUndefined();
      }
    });
  });
}
