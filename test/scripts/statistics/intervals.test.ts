import { describe, expect, it } from 'vitest';
import { allPairs, bootstrap } from '../../../scripts/statistics/all-pairs.ts';
import {
  clopperPearson,
  percentiles,
  random,
  resample,
  wilson,
} from '../../../scripts/statistics/intervals.ts';
import { shareWithin } from '../../../scripts/statistics/metrics.ts';
import { naivePairs, people } from '../../support/node/synthetic.ts';

describe('intervals of a share', () => {
  it('agree with published values', () => {
    // Newcombe (Statistics in Medicine 17, 1998, table I): 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    const table = [
      [81, 263, [0.2553, 0.3662], [0.2527, 0.3676]],
      [15, 148, [0.0624, 0.1605], [0.0578, 0.1617]],
      [0, 20, [0, 0.1611], [0, 0.1684]],
      [1, 29, [0.0061, 0.1718], [0.0009, 0.1776]],
    ] as const;
    for (const [hits, count, score, exact] of table) {
      for (const end of [0, 1] as const) {
        expect(wilson(hits, count)[end]).toBeCloseTo(score[end], 4);
        expect(clopperPearson(hits, count)[end]).toBeCloseTo(exact[end], 4);
      }
    }
  });

  it('hold the tails of the binomial they are made of, also for rare events in millions', () => {
    const [low, high] = clopperPearson(45, 4_500_000);
    // With so small a share the count is Poisson: exact ends 32.82 and 60.21 for 45 events.
    expect(low * 4.5e6).toBeCloseTo(32.82, 1);
    expect(high * 4.5e6).toBeCloseTo(60.21, 1);
  });

  it('are sensible at the ends', () => {
    expect(clopperPearson(5, 5)[1]).toBe(1);
    expect(clopperPearson(0, 0)).toEqual([0, 1]);
    expect(wilson(0, 0)).toEqual([0, 1]);
    expect(wilson(3, 3)[1]).toBe(1);
    // Ends of a single trial: 0.975 and 0.025 themselves.
    expect(clopperPearson(0, 1)[1]).toBeCloseTo(0.975, 12);
    expect(clopperPearson(1, 1)[0]).toBeCloseTo(0.025, 12);
  });
});

describe('percentiles', () => {
  it('leave out draws that had nothing to count', () => {
    expect(percentiles(Float64Array.of(Number.NaN, 2, 1))).toEqual([1, 2]);
    expect(percentiles(Float64Array.of(Number.NaN))).toEqual([0, 1]);
  });
});

describe('bootstrap over identities', () => {
  const set = people(12, 3, 0.6);
  const refusedToo = {
    ...set,
    embeddings: set.embeddings.with(4, undefined),
    weaknesses: set.persons.map((_, i) => (i % 4 === 0 ? (['eyes_covered'] as const) : [])),
  };

  it('weighs people drawn m and n times as m x n impostor pairs, as a naive count does', () => {
    const thresholds = [0.8, 1.4];
    const pairs = allPairs(refusedToo);
    const intervals = bootstrap(refusedToo, thresholds, pairs, 100, 9);

    const names = [...new Set(set.persons)];
    const next = random(9);
    const vals = thresholds.map(() => [] as number[]);
    const fars = thresholds.map(() => [] as number[]);
    for (let round = 0; round < 100; round++) {
      const times = new Map([...resample(names.length, next)].map((m, i) => [names[i], m]));
      // Every person as often as it was drawn; copies of one person make no impostor pairs.
      const total = { genuine: 0, impostors: 0 };
      const hits = thresholds.map(() => ({ genuine: 0, impostors: 0 }));
      for (let i = 0; i < set.persons.length; i++) {
        for (let j = i + 1; j < set.persons.length; j++) {
          const pair = {
            embeddings: [refusedToo.embeddings[i], refusedToo.embeddings[j]],
            persons: [set.persons[i] as string, set.persons[j] as string],
            weaknesses: [i, j].map((k) => refusedToo.weaknesses[k] ?? []),
          };
          const { genuine, impostors } = naivePairs(pair);
          const m = times.get(pair.persons[0] as string) as number;
          const n = times.get(pair.persons[1] as string) as number;
          const kind = genuine.length > 0 ? 'genuine' : 'impostors';
          const [distance] = [...genuine, ...impostors];
          if (distance === undefined) continue;
          const weight = kind === 'genuine' ? m : m * n;
          total[kind] += weight;
          for (const [k, t] of thresholds.entries()) {
            if (distance <= t) (hits[k] as typeof total)[kind] += weight;
          }
        }
      }
      for (const [k, hit] of hits.entries()) {
        vals[k]?.push(hit.genuine / total.genuine);
        fars[k]?.push(hit.impostors / total.impostors);
      }
    }
    for (const k of thresholds.keys()) {
      for (const end of [0, 1] as const) {
        const wanted = percentiles(Float64Array.from(vals[k] as number[]))[end];
        expect(intervals[k]?.valInterval[end]).toBeCloseTo(wanted, 10);
        const wantedFar = percentiles(Float64Array.from(fars[k] as number[]))[end];
        expect(intervals[k]?.farInterval[end]).toBeCloseTo(wantedFar, 10);
      }
    }
  });

  it('is the same for the same seed, and holds the estimate', () => {
    const pairs = allPairs(set);
    const [first] = bootstrap(set, [1], pairs);
    expect(bootstrap(set, [1], pairs)).toEqual([first]);
    const far = shareWithin(pairs.impostors, 1);
    expect(first?.farInterval[0]).toBeLessThanOrEqual(far);
    expect(first?.farInterval[1]).toBeGreaterThanOrEqual(far);
  });
});

describe('allPairs', () => {
  it('finds the pairs a double loop finds', () => {
    const set = people(9, 4, 0.5);
    const withRefused = {
      ...set,
      embeddings: set.embeddings.with(0, undefined),
      weaknesses: set.persons.map((_, i) => (i % 3 === 0 ? (['blurred'] as const) : [])),
    };
    const { genuine, impostors } = naivePairs(withRefused);
    const found = allPairs(withRefused);
    const ordered = (list: number[]) => list.sort((a, b) => a - b);
    expect(found.genuine).toHaveLength(genuine.length);
    expect(found.genuine.at(-1)).toBe(Number.POSITIVE_INFINITY);
    for (const [i, d] of ordered(impostors).entries()) expect(found.impostors[i]).toBeCloseTo(d, 6);
    expect(found.impostors).toHaveLength(impostors.length);
  });
});
