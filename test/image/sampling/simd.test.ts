/** The sampler on SIMD beside the plain one. */
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../../../worker/image/pixels.ts';
import { plainSampler } from '../../../worker/image/sampling/plain.ts';
import type { Affine } from '../../../worker/image/sampling/sampler.ts';
import module from '../../../worker/image/sampling/sampling.wasm';
import { SimdSampler } from '../../../worker/image/sampling/simd.ts';
import { random } from '../../support/random.ts';

const BYTES = { scale: 1, offset: 0 };

/** Grey levels that a sample may be off by: a weight has 14 bits. */
const BOUND = 255 / 2 ** 13;

function noise(width: number, height: number, seed: number): Pixels {
  const next = random(seed);
  const rgb = new Uint8Array(3 * width * height).map(() => next(256));
  return { width, height, rgb };
}

function farthest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

describe('SimdSampler.halve', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 5],
    [8, 8],
    [17, 9],
    [33, 2],
    [640, 481],
    [1001, 600], // more than one strip of rows
    [200_001, 3], // of which one row is more than a strip
  ])('is exact for %i x %i', (width, height) => {
    const pixels = noise(width, height, width + height);
    const half = new SimdSampler(module).halve(pixels);
    const expected = plainSampler.halve(pixels);
    expect([half.width, half.height]).toEqual([expected.width, expected.height]);
    expect(half.rgb.every((value, i) => value === expected.rgb[i])).toBe(true);
  });
});

describe('SimdSampler.sample', () => {
  it('is the plain one but for the bits of a weight, whatever the map', () => {
    const next = random(17);
    const simd = new SimdSampler(module);
    const real = (least: number, most: number) =>
      least + ((most - least) * next(2 ** 20)) / 2 ** 20;
    let seen = 0;
    for (let i = 0; i < 300; i++) {
      const pixels = noise(1 + next(150), 1 + next(150), i);
      const [columns, rows] = [1 + next(40), 1 + next(40)];
      const map: Affine = {
        ...{ a: real(-2, 2), b: real(-2, 2), c: real(-40, 120) },
        ...{ d: real(-2, 2), e: real(-2, 2), f: real(-40, 120) },
      };
      const values = i % 2 === 0 ? BYTES : { scale: 1 / 127.5, offset: -1 };
      const expected = plainSampler.sample(pixels, map, columns, rows, values);
      const found = simd.sample(pixels, map, columns, rows, values);
      expect(farthest(found, expected)).toBeLessThan(BOUND * values.scale);
      seen += expected.filter((value) => value !== values.offset).length;
    }
    expect(seen).toBeGreaterThan(50_000); // pixels, and not of the black around them
  });

  it('is exact at the pixels themselves', () => {
    const pixels = noise(31, 17, 3);
    for (const [x, y] of [
      [0, 0],
      [-2, -3],
      [5, 7],
    ] as const) {
      const map = { a: 1, b: 0, c: x, d: 0, e: 1, f: y };
      const found = new SimdSampler(module).sample(pixels, map, 40, 30, BYTES);
      expect(farthest(found, plainSampler.sample(pixels, map, 40, 30, BYTES))).toBe(0);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e12, -1e12, 3000, -3000])(
    'sees nothing at %d',
    (c) => {
      const map = { a: 1, b: 0, c, d: 0, e: 1, f: 0 };
      const values = { scale: 1, offset: -1 };
      const found = new SimdSampler(module).sample(noise(8, 8, 1), map, 8, 8, values);
      expect(found.every((value) => value === -1)).toBe(true);
    },
  );

  it('is not swayed by what it saw before', () => {
    const simd = new SimdSampler(module);
    const pixels = noise(50, 40, 5);
    const map = { a: 0.7, b: 0.1, c: 3.3, d: -0.1, e: 0.7, f: 9.1 };
    const first = simd.sample(pixels, map, 32, 32, BYTES).slice();
    simd.sample(noise(300, 300, 6), { ...map, a: 2, e: 2 }, 100, 100, BYTES);
    simd.halve(noise(900, 900, 7));
    expect(farthest(simd.sample(pixels, map, 32, 32, BYTES), first)).toBe(0);
  });

  it('holds no large picture', () => {
    const grown: number[] = [];
    const { Memory } = WebAssembly;
    const { grow } = Memory.prototype;
    Memory.prototype.grow = function (pages) {
      grown.push(pages);
      return grow.call(this, pages);
    };
    try {
      const simd = new SimdSampler(module);
      const large = { width: 4000, height: 2000, rgb: new Uint8Array(3 * 4000 * 2000) };
      const small = simd.halve(simd.halve(large));
      simd.sample(small, { a: 1, b: 1, c: 100, d: -1, e: 1, f: 200 }, 192, 192, BYTES);
    } finally {
      Memory.prototype.grow = grow;
    }
    const bytes = grown.reduce((sum, pages) => sum + pages, 0) * 65_536;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(2 * 2 ** 20);
  });
});
