/** Pairs by a cascade, offline: the same distances as the Worker's. */
import { describe, expect, it } from 'vitest';
import cascade from '../../../model/cascades/inception-4+mobilefacenet.json' with { type: 'json' };
import type { CalibratedRate } from '../../../scripts/calibrate/calibration-file.ts';
import type { CalibratedCascadeRate } from '../../../scripts/calibrate/cascade-file.ts';
import { calibrateCascadeRates, nearAt } from '../../../scripts/calibrate/cascade-rates.ts';
import { calibrateCascadeTemplates } from '../../../scripts/calibrate/cascade-templates.ts';
import { calibrate } from '../../../scripts/calibrate/thresholds.ts';
import {
  distanceOfJoined,
  fastDistance,
  joined,
  slowCropDistance,
  slowDistance,
  templateDistanceOfJoined,
} from '../../../scripts/evaluate/cascade-pairs.ts';
import type { PeopleSet } from '../../../scripts/evaluate/sets.ts';
import { cascadeText } from '../../../scripts/report/cascade-text.ts';
import { allPairs, comparisonsOf, type Distance } from '../../../scripts/statistics/all-pairs.ts';
import { thresholdAt } from '../../../scripts/statistics/metrics.ts';
import { RecordedComparisons } from '../../../scripts/statistics/recorded-comparisons.ts';
import { type Calibration, findRate } from '../../../worker/face/decision/calibration.ts';
import { type CascadeParameters, fuse } from '../../../worker/face/decision/cascade.ts';
import { cropsDecide } from '../../../worker/face/decision/early-exit.ts';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { unitVector, vectorNear } from '../../support/vectors.ts';

const points: CascadeParameters = {
  fast: { rates: rates3(2.2, 1.2, 0.4), largestImpostorDistance: 3 },
  slow: { rates: rates3(2.3, 1.5, 0.5), largestImpostorDistance: 3 },
  rule: { sameShare: 0.1, differentFar: 0.01, fastWeight: 0.5 },
  near: 0.4,
};

function rates3(...thresholds: number[]) {
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

describe('a template and a picture by both networks', () => {
  it('are as far apart as the Worker would say', () => {
    const measure = templateDistanceOfJoined(points);
    const seen = { sure: 0, asked: 0 };
    for (let seed = 1; seed < 400; seed += 4) {
      const { fast, slow } = vectors(seed);
      const both = joined(fast, slow);
      const [a, b] = [both.get('a') as Float32Array, both.get('b') as Float32Array];
      // A slow network that takes mirror images: the crop's embedding stands behind.
      const probe = Float32Array.of(...b, ...unitVector(seed + 4));
      const one = fastDistance(a, b);
      const sure = one > 2.2 || one <= 0.4;
      seen[sure ? 'sure' : 'asked'] += 1;
      const other = squaredDistance(slow.get('a') as Float32Array, slow.get('b') as Float32Array);
      expect(measure(a, probe)).toBe(sure ? one : fuse(one, other, points));
    }
    expect(Math.min(seen.sure, seen.asked)).toBeGreaterThan(5);
  });
});

/** Pictures of people who look like themselves, more or less, by either network. */
function people(count: number): PeopleSet {
  const near = (of: number, i: number) => vectorNear(unitVector(of), 0.6, 1000 + i);
  const embeddings: Float32Array[] = [];
  const persons: string[] = [];
  for (let i = 0; i < 4 * count; i++) {
    const person = Math.floor(i / 4);
    embeddings.push(Float32Array.of(...near(person, i), ...near(500 + person, 5000 + i)));
    persons.push(String(person));
  }
  return { embeddings, persons, good: persons.map(() => true) };
}

const calibration: Calibration = {
  rates: rates3(2.2, 1.2, 0.9),
  largestImpostorDistance: 3,
  templates: [1, 2].map((pictures) => ({
    pictures,
    rates: rates3(2.2, 1.2, 0.4),
    largestImpostorDistance: 3,
  })),
};

describe('templates of people by both networks', () => {
  it('have thresholds of their own, of the cascade’s distances', () => {
    const networks = { fast: calibration, slow: calibration, rule: points.rule };
    const { templates: found, beyond } = calibrateCascadeTemplates(people(40), networks);
    expect(found.map(({ pictures, templates }) => [pictures, templates])).toEqual([
      [1, 160],
      [2, 160],
      [3, 160],
    ]);
    expect(beyond).toBeUndefined(); // nobody has so many pictures
    for (const { rates } of found) {
      expect(rates.map(({ far }) => far)).toEqual([1e-1, 1e-2]);
      for (const { far, threshold, near, scale } of rates) {
        expect(near).toBeGreaterThan(0);
        expect(near).toBeLessThan(threshold);
        expect(findRate(scale, far)?.threshold).toBe(threshold);
      }
      const [usual, rare] = rates as [CalibratedCascadeRate, CalibratedCascadeRate];
      expect(rare.near).toBeLessThan(usual.near);
      expect(rare.val).toBe(1);
      expect(rare.deferred.genuine).toBe(0); // all of one person's lie nearer than any of two people's
      expect(rare.deferred.impostors).toBeGreaterThan(0);
      expect(rare.againstSlow).toMatchObject({ far: 1e-2, difference: 0 });
    }
  });
});

describe('pairs of people by both networks', () => {
  const both = people(40);
  const networks = { fast: calibration, slow: calibration, rule: points.rule };
  const by = (distance: Distance) => RecordedComparisons.of(comparisonsOf({ ...both, distance }));
  const measured = { fast: by(fastDistance), slow: by(slowDistance(calibration)) };
  const { rates, ...counts } = calibrateCascadeRates(measured, networks, 30);

  it('are measured at each rate by what is decided at it', () => {
    const { genuine, impostors } = allPairs({ ...both, distance: fastDistance });
    expect(counts).toEqual({ genuinePairs: genuine.length, impostorPairs: impostors.length });
    expect(rates.map(({ far }) => far)).toEqual([1e-1, 1e-2]);
    for (const { far, near, scale, deferred, ...rate } of rates) {
      expect(near).toBe(thresholdAt(impostors, far / 10)?.threshold);
      const distance = distanceOfJoined({ ...networks, near });
      const own = calibrate({ ...both, distance });
      expect({ far, ...rate }).toMatchObject(findRate(own, far) as CalibratedRate);
      expect(scale.rates).toEqual(
        own.rates.map(({ far, threshold, val }) => ({ far, threshold, val })),
      );
      expect(scale.largestImpostorDistance).toBe(own.largestImpostorDistance);
      const decided = [...impostors].filter((distance) => distance <= near || distance > 2.2);
      expect(deferred.impostors).toBeCloseTo(1 - decided.length / impostors.length, 9);
    }
  });

  it('have mirror images where the crops of what is deferred leave it open', () => {
    const exit = { crop: { rates: rates3(2.3, 2.1, 1.9) }, points: calibration };
    const slow = { ...calibration, earlyExit: exit };
    const crops = by(slowCropDistance);
    const [{ mirrored, deferred, near }] = calibrateCascadeRates(
      { ...measured, crops },
      { ...networks, slow },
      30,
    ).rates.slice(-1) as [CalibratedCascadeRate];
    const isOpen = (fast: number, crop: number) =>
      fast > near && fast <= 2.2 && !cropsDecide(crop, exit);
    const open = measured.fast.with(crops, (fast, crop) => Number(isOpen(fast, crop))).distances();
    const share = open.impostors.filter(Boolean).length / open.impostors.length;
    expect(mirrored?.impostors).toBe(share);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(deferred.impostors);
  });

  it('are final nowhere near at a rate that there are too few pairs for', () => {
    const few = allPairs({ ...people(2), distance: fastDistance }).impostors;
    expect(nearAt(few, 1e-3, 0.1)).toBe(0);
  });

  it('count as refused where there is no distance', () => {
    const weak = both.persons.map((_, i) => (i < 8 ? (['blurred'] as const) : []));
    const set = { ...both, weaknesses: weak, distance: fastDistance };
    const recorded = RecordedComparisons.of(comparisonsOf(set));
    const { genuine, impostors } = allPairs(set);
    expect(recorded.distances()).toEqual({ genuine, impostors });
    expect(genuine.at(-1)).toBe(Number.POSITIVE_INFINITY);
    const { rates } = calibrateCascadeRates({ fast: recorded, slow: recorded }, networks, 30);
    expect(rates[0]?.deferred.genuine).toBe(0);
    expect(rates[0]?.val).toBeLessThan(1);
  });
});

describe('the text of a cascade', () => {
  it('tells what was measured, by its own command', () => {
    const text = cascadeText(cascade as never);
    expect(text).toContain('`inception-4+mobilefacenet`');
    expect(text).toContain(cascade.command);
    for (const { threshold } of cascade.rates) expect(text).toContain(threshold.toFixed(4));
  });
});
