/** Pairs by a cascade, offline: the same distances as the Worker's. */
import { describe, expect, it } from 'vitest';
import cascade from '../../../model/cascade.json' with { type: 'json' };
import { distanceOfJoined, fastDistance, joined } from '../../../scripts/evaluate/cascade-pairs.ts';
import { cascadeText } from '../../../scripts/report/cascade-text.ts';
import { type CascadePoints, fuse } from '../../../worker/face/cascade.ts';
import { squaredDistance } from '../../../worker/face/compare.ts';
import { unitVector } from '../../support/vectors.ts';

const points: CascadePoints = {
  fast: { rates: rates(2.2, 1.2, 0.4), largestImpostorDistance: 3 },
  slow: { rates: rates(2.3, 1.5, 0.5), largestImpostorDistance: 3 },
};

function rates(...thresholds: number[]) {
  return thresholds.map((threshold, i) => ({
    far: [0.01, 0.001, 0.0001][i] as number,
    threshold,
    val: 0.9,
  }));
}

const vectors = (seed: number) => ({
  fast: new Map([
    ['a', unitVector(seed)],
    ['b', unitVector(seed + 1)],
  ]),
  slow: new Map([
    ['a', unitVector(seed + 2)],
    ['b', unitVector(seed + 3)],
  ]),
});

describe('pictures by both networks', () => {
  it('are as far apart as the Worker would say', () => {
    const measure = distanceOfJoined(points);
    const seen = { sure: 0, asked: 0 };
    for (let seed = 1; seed < 400; seed += 4) {
      const { fast, slow } = vectors(seed);
      const both = joined(fast, slow);
      const [a, b] = [both.get('a') as Float32Array, both.get('b') as Float32Array];
      const [one, other] = [fast, slow].map((of) =>
        squaredDistance(of.get('a') as Float32Array, of.get('b') as Float32Array),
      ) as [number, number];
      expect(fastDistance(a, b)).toBe(one);
      const sure = one > 2.2 || one <= 0.4;
      seen[sure ? 'sure' : 'asked'] += 1;
      expect(measure(a, b)).toBe(sure ? one : fuse(one, other, points));
    }
    expect(Math.min(seen.sure, seen.asked)).toBeGreaterThan(5);
  });
});

describe('the text of a cascade', () => {
  it('tells what was measured, by its own command', () => {
    const text = cascadeText(cascade as never);
    expect(text).toContain('`inception-4+nns1`');
    expect(text).toContain(cascade.command);
    for (const { threshold } of cascade.rates) expect(text).toContain(threshold.toFixed(4));
  });
});
