import { describe, expect, it } from 'vitest';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { DIMENSION } from '../../../worker/face/embedding/embed.ts';
import { dequantize, meanUnit, quantize } from '../../../worker/face/embedding/template.ts';
import { random } from '../../support/random.ts';

const next = random(20261124);

/** A random unit vector, its components spread as an embedding's are. */
function direction(): Float32Array {
  const values = Array.from({ length: DIMENSION }, () => next(20001) + next(20001) - 20000);
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

const axis = (i: number) => Float32Array.from({ length: DIMENSION }, (_, k) => (k === i ? 1 : 0));

describe('quantize', () => {
  it('takes 128 bytes, and loses next to nothing of a direction', () => {
    for (let i = 0; i < 200; i++) {
      const unit = direction();
      const codes = quantize(unit);
      expect(codes).toBeInstanceOf(Int8Array);
      expect(codes.byteLength).toBe(DIMENSION);
      expect(squaredDistance(dequantize(codes), unit)).toBeLessThan(2e-4);
    }
  });

  it('clips nothing: the largest component gets the largest code, of either sign', () => {
    for (let i = 0; i < 50; i++) {
      const codes = quantize(direction());
      expect(Math.max(...codes.map(Math.abs))).toBe(127);
    }
    expect(quantize(axis(3))[3]).toBe(127);
    expect(quantize(axis(3).map((value) => -value))[3]).toBe(-127);
  });

  it('is symmetric: the opposite vector has the opposite codes', () => {
    const unit = direction();
    const codes = quantize(unit);
    const opposite = quantize(unit.map((value) => -value));
    for (const [i, code] of codes.entries()) expect(opposite[i]).toBe(0 - code);
  });

  it('takes nothing but a unit vector of 128 numbers', () => {
    expect(() => quantize(new Float32Array(DIMENSION))).toThrow('no unit vector');
    expect(() => quantize(axis(0).map((value) => 1.1 * value))).toThrow('no unit vector');
    expect(() => quantize(axis(0).subarray(0, 127))).toThrow('no unit vector');
    expect(() => quantize(axis(0).with(1, Number.NaN))).toThrow('no unit vector');
  });
});

describe('dequantize', () => {
  it('gives a unit vector', () => {
    expect(Math.hypot(...dequantize(quantize(direction())))).toBeCloseTo(1, 6);
  });

  it('takes nothing that `quantize` cannot have made', () => {
    expect(() => dequantize(new Int8Array(DIMENSION))).toThrow('no template');
    expect(() => dequantize(new Int8Array(127).fill(127))).toThrow('no template');
    expect(() => dequantize(new Int8Array(129).fill(127))).toThrow('no template');
  });

  it('gives the same codes again', () => {
    const codes = quantize(direction());
    expect(quantize(dequantize(codes))).toEqual(codes);
  });
});

describe('meanUnit', () => {
  it('is the vector itself for one, and lies in the middle of two', () => {
    const [a, b] = [direction(), direction()];
    expect(squaredDistance(meanUnit([a]), a)).toBeLessThan(1e-12);
    const middle = meanUnit([a, b]);
    expect(Math.hypot(...middle)).toBeCloseTo(1, 6);
    expect(squaredDistance(middle, a)).toBeCloseTo(squaredDistance(middle, b), 5);
    expect(squaredDistance(middle, a)).toBeLessThan(squaredDistance(a, b));
  });

  it('does not depend on the order', () => {
    const some = [direction(), direction(), direction()];
    expect(squaredDistance(meanUnit(some), meanUnit(some.toReversed()))).toBeLessThan(1e-12);
  });

  it('has no answer for none, or for vectors that cancel', () => {
    expect(() => meanUnit([])).toThrow('no mean');
    expect(() => meanUnit([axis(0), axis(0).map((value) => -value)])).toThrow('no mean');
  });
});
