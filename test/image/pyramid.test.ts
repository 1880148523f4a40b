import { describe, expect, it } from 'vitest';
import { Pyramid } from '../../worker/image/pyramid.ts';

const IDENTITY = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0 };

/** A picture whose red is its column, green its row, blue 7. */
function ramp(width: number, height: number) {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set([x, y, 7], (y * width + x) * 3);
  }
  return { width, height, rgb };
}

describe('Pyramid.sample', () => {
  it('gives the picture itself under the identity, in planes', () => {
    const out = new Uint8Array(3 * 12);
    new Pyramid(ramp(4, 3)).sample(IDENTITY, 4, 3, out);
    expect([...out.subarray(0, 12)]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    expect([...out.subarray(12, 24)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...out.subarray(24)]).toEqual(new Array(12).fill(7));
  });

  it('interpolates between pixels', () => {
    const out = new Float32Array(3);
    new Pyramid(ramp(8, 8)).sample({ ...IDENTITY, c: 2.25, f: 3.5 }, 1, 1, out);
    expect([...out]).toEqual([2.25, 3.5, 7]);
  });

  it('fades to black across each border and is black beyond it', () => {
    const white = { width: 4, height: 4, rgb: new Uint8Array(48).fill(200) };
    const at = (x: number, y: number) => {
      const out = new Float32Array(3);
      new Pyramid(white).sample({ ...IDENTITY, c: x, f: y }, 1, 1, out);
      return out[0];
    };
    expect(at(0, 0)).toBe(200);
    expect(at(-0.25, 1)).toBe(150);
    expect(at(3.25, 1)).toBe(150);
    expect(at(1, -0.5)).toBe(100);
    expect(at(1, 3.5)).toBe(100);
    expect(at(-0.5, -0.5)).toBe(50);
    expect(at(3.5, 3.5)).toBe(50);
    expect(at(-1, 1)).toBe(0);
    expect(at(4, 1)).toBe(0);
    expect(at(100, -100)).toBe(0);
  });

  it('rounds to the nearest byte', () => {
    const out = new Uint8Array(3);
    new Pyramid(ramp(8, 8)).sample({ ...IDENTITY, c: 2.6, f: 3.4 }, 1, 1, out);
    expect([...out]).toEqual([3, 3, 7]);
  });

  it('averages when it reduces, so that fine stripes become grey', () => {
    const width = 64;
    const rgb = new Uint8Array(width * width * 3);
    for (let i = 0; i < width * width; i++) rgb.fill(i % 2 === 0 ? 0 : 255, i * 3, i * 3 + 3);
    const out = new Float32Array(3 * 16 * 16);
    const quarter = { a: 4, b: 0, c: 1.5, d: 0, e: 4, f: 1.5 };
    new Pyramid({ width, height: width, rgb }).sample(quarter, 16, 16, out);
    for (const value of out) expect(Math.abs(value - 127.5)).toBeLessThanOrEqual(1);
  });

  it('keeps places when it reduces: a ramp stays the same ramp', () => {
    const out = new Float32Array(3 * 8 * 8);
    const map = { a: 8, b: 0, c: 3.5, d: 0, e: 8, f: 3.5 };
    new Pyramid(ramp(64, 64)).sample(map, 8, 8, out);
    for (let x = 0; x < 8; x++)
      expect(Math.abs((out[x] as number) - (8 * x + 3.5))).toBeLessThan(1.5);
  });

  it('has its places at full size, whatever it was decoded at', () => {
    const out = new Float32Array(3 * 4 * 4);
    const map = { a: 16, b: 0, c: 7.5, d: 0, e: 16, f: 7.5 };
    const half = { width: 32, height: 32, rgb: new Uint8Array(32 * 32 * 3) };
    for (let i = 0; i < 32 * 32; i++) half.rgb.fill(2 * (i % 32) + 0.5, 3 * i, 3 * i + 1);
    const pyramid = new Pyramid(half, 2, { width: 63, height: 64 });
    expect([pyramid.width, pyramid.height]).toEqual([63, 64]);
    expect(pyramid.level(1)).toBe(half);
    pyramid.sample(map, 4, 4, out);
    for (let x = 0; x < 4; x++)
      expect(Math.abs((out[x] as number) - 16 * x - 7.5)).toBeLessThan(1.5);
  });

  it('halves odd sizes by repeating the last row and column', () => {
    const pyramid = new Pyramid(ramp(5, 3));
    const half = pyramid.level(1);
    expect([half.width, half.height]).toEqual([3, 2]);
    expect(half.rgb[3 * 2]).toBe(4); // columns 4 and 4
    expect(half.rgb[3 * 3 + 1]).toBe(2); // rows 2 and 2
  });

  it('gives the memory of all levels back', () => {
    const pyramid = new Pyramid(ramp(8, 8));
    const levels = [0, 1, 2].map((k) => pyramid.level(k));
    pyramid.free();
    expect(levels.map(({ rgb }) => rgb.byteLength)).toEqual([0, 0, 0]);
    expect(() => pyramid.level(0)).toThrow();
  });
});
