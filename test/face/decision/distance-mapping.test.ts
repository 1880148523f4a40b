import { describe, expect, it } from 'vitest';
import { isDecisive, mapDistance } from '../../../worker/face/decision/distance-mapping.ts';

const [one, other] = [rates(1.4, 1.2, 1, 0.8), rates(1.6, 1.5, 1.3, 0.9)];

function rates(...thresholds: number[]) {
  return {
    rates: thresholds.map((threshold, i) => ({
      far: [0.1, 0.01, 0.001, 0.0001][i] as number,
      threshold,
      val: 0.9,
    })),
  };
}

describe('a distance', () => {
  it.each([
    [0, 0.01, true],
    [0.8, 0.01, true],
    [0.81, 0.01, false],
    [1.2, 0.01, false],
    [1.21, 0.01, true],
    [1.21, 0.1, false],
    [1.41, 0.1, true],
    [3, 0.1, true],
    [3, 0.5, false],
  ])('of %f decides by itself, beyond %f: %s', (distance, different, sure) => {
    expect(isDecisive(distance, 0.8, one, different)).toBe(sure);
  });
});

describe('another scale', () => {
  it.each([
    ['has the same distance at the threshold of one rate', 1.3, 1],
    ['counts those below all rates by their share', 0.45, 0.4],
    ['counts those between two rates by how far along they are', 1.4, 1.1],
    ['counts those beyond all rates by how far along to 4', 2.8, 2.7],
    ['ends at the same', 4, 4],
  ])('%s', (_, distance, expected) => {
    expect(mapDistance(distance, other, one)).toBeCloseTo(expected, 9);
  });

  it('keeps their order', () => {
    const along = Array.from({ length: 400 }, (_, i) => mapDistance(i / 100, other, one));
    expect(along.every((value, i) => i === 0 || value > (along[i - 1] as number))).toBe(true);
  });

  it('leaves out rates that it does not have', () => {
    const fewer = { rates: one.rates.filter(({ far }) => far !== 0.001) };
    expect(mapDistance(0.9, other, fewer)).toBeCloseTo(0.8, 9);
    expect(mapDistance(1.5, other, fewer)).toBeCloseTo(1.2, 9);
    expect(mapDistance(1.2, other, fewer)).toBeCloseTo(1, 9);
  });
});
