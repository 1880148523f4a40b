import { expect, it } from 'vitest';
import { allPairs, type Labelled } from '../../../scripts/statistics/all-pairs.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import { shareWithin, thresholdAt } from '../../../scripts/statistics/metrics.ts';
import { compareShares, compareVal } from '../../../scripts/statistics/paired.ts';

const PEOPLE = 60;
const PICTURES = 5;
const DIMENSION = 16;
const FARS = [0.05, 0.01];

/** People as points on a sphere, and pictures of them that miss the point by `spread`. */
function embed(spread: number, seed: number): Labelled {
  const next = random(7); // the same people for each network
  const noise = random(seed);
  const unit = (v: number[]) => {
    const length = Math.hypot(...v);
    return Float32Array.from(v, (x) => x / length);
  };
  const around = (draw: () => number) => Array.from({ length: DIMENSION }, () => draw() - 0.5);
  const people = Array.from({ length: PEOPLE }, () => unit(around(next)));
  const numbers = Array.from({ length: PEOPLE * PICTURES }, (_, i) => i % PEOPLE);
  return {
    persons: numbers.map(String),
    embeddings: numbers.map((person) => {
      const off = around(noise);
      return unit(off.map((x, i) => ((people[person] as Float32Array)[i] as number) + spread * x));
    }),
  };
}

const [good, worse] = [embed(0.3, 1), embed(0.8, 2)];

function valAt(set: Labelled, far: number): number {
  const { genuine, impostors } = allPairs(set);
  return shareWithin(genuine, thresholdAt(impostors, far)?.threshold as number);
}

it('gives the difference of VAL at each rate, as both are reported alone', () => {
  for (const [k, { far, difference }] of compareVal(good, worse, FARS, 10).entries()) {
    expect(far).toBe(FARS[k]);
    expect(difference).toBeCloseTo(valAt(worse, far) - valAt(good, far), 12);
  }
});

it('has an interval around the difference, without 0 where one network is much worse', () => {
  for (const { difference, interval } of compareVal(good, worse, FARS, 300)) {
    const [low, high] = interval;
    expect(low).toBeLessThan(difference);
    expect(high).toBeGreaterThan(difference);
    expect(high).toBeLessThan(0);
  }
});

it('finds none between a network and itself, in any round', () => {
  for (const { difference, interval } of compareVal(good, good, FARS, 50)) {
    expect([difference, ...interval]).toEqual([0, 0, 0]);
  }
});

it('is narrower than two intervals apart: what makes people hard for both cancels', () => {
  const similar = embed(0.8, 3);
  const [paired] = compareVal(worse, similar, [0.01], 300);
  const [alone] = compareVal(good, similar, [0.01], 300);
  const width = ([low, high]: readonly [number, number]) => high - low;
  expect(width(paired?.interval ?? [0, 9])).toBeLessThan(1.6 * width(alone?.interval ?? [0, 0]));
});

it('refuses other pictures', () => {
  const fewer = { persons: good.persons.slice(1), embeddings: good.embeddings.slice(1) };
  expect(() => compareVal(good, fewer, FARS)).toThrow('the same pictures');
});

it('gives the difference of two shares, and how far it may be chance', () => {
  const persons = Array.from({ length: 200 }, (_, i) => String(i % 40));
  const first = persons.map((_, i) => i % 10 !== 0); // 4 people miss with all their pictures
  const none = compareShares(first, first, persons);
  expect(none).toEqual({ difference: 0, interval: [0, 0] });
  const { difference, interval } = compareShares(
    first,
    first.map(() => true),
    persons,
  );
  expect(difference).toBeCloseTo(0.1, 9);
  // Draws of those four among 40 are binomial: their share lies between 0 and 0.2 in 95 % of the rounds.
  expect(interval[0]).toBeGreaterThanOrEqual(0);
  expect(interval[0]).toBeLessThan(0.05);
  expect(interval[1]).toBeGreaterThan(0.15);
  expect(interval[1]).toBeLessThan(0.27);
  const back = compareShares(
    first.map(() => true),
    first,
    persons,
  );
  expect(back.difference).toBeCloseTo(-difference, 9);
});
