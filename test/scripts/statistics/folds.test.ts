import { describe, expect, it } from 'vitest';
import {
  accuracyAt,
  bestThreshold,
  foldAccuracy,
  type Judged,
} from '../../../scripts/statistics/folds.ts';
import { random } from '../../../scripts/statistics/intervals.ts';

function pairs(count: number, seed: number): Judged[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, i) => {
    const same = i % 2 === 0;
    const distance = Math.round(10 * (next() + (same ? 0 : 0.4))) / 10;
    return {
      same,
      fold: Math.floor((10 * i) / count),
      distance: next() < 0.05 ? undefined : distance,
    };
  });
}

describe('bestThreshold', () => {
  it('judges as many pairs rightly as any threshold can', () => {
    for (let seed = 1; seed < 60; seed++) {
      const some = pairs(40, seed);
      const most = Math.max(
        ...some.map(({ distance }) => accuracyAt(some, distance ?? -1)),
        accuracyAt(some, -1),
      );
      expect(accuracyAt(some, bestThreshold(some))).toBe(most);
    }
  });
});

describe('foldAccuracy', () => {
  it('judges each fold at the threshold that is best on the other nine', () => {
    const all = pairs(400, 7);
    const { folds, mean, standardError } = foldAccuracy(all);
    expect(folds).toHaveLength(10);
    const accuracies = folds.map(({ accuracy, threshold }, k) => {
      const others = all.filter(({ fold }) => fold !== k);
      expect(threshold).toBe(bestThreshold(others));
      const mine = all.filter(({ fold }) => fold === k);
      const right = mine.filter(
        (p) =>
          p.distance !== undefined && (p.same ? p.distance <= threshold : p.distance > threshold),
      );
      expect(accuracy).toBe(right.length / mine.length);
      return accuracy;
    });
    const average = accuracies.reduce((a, b) => a + b) / 10;
    const variance = accuracies.reduce((sum, a) => sum + (a - average) ** 2, 0) / 9;
    expect(mean).toBeCloseTo(average, 12);
    expect(standardError).toBeCloseTo(Math.sqrt(variance / 10), 12);
  });

  it('counts a refused picture as wrong for genuine and impostor pairs alike', () => {
    const known: Judged[] = [0, 1].flatMap((fold) => [
      { same: true, fold, distance: 0.1 },
      { same: false, fold, distance: 2 },
    ]);
    expect(foldAccuracy(known).mean).toBe(1);
    for (const same of [true, false]) {
      const refused: Judged[] = [0, 1].map((fold) => ({ same, fold, distance: undefined }));
      expect(foldAccuracy([...known, ...refused]).mean).toBeCloseTo(2 / 3, 12);
    }
  });

  it('needs a fold to choose the threshold on', () => {
    expect(() => foldAccuracy(pairs(10, 1).map((pair) => ({ ...pair, fold: 3 })))).toThrow('folds');
  });
});
