/** Pairs by a cascade, offline: the same distances as the Worker's. */
import { describe, expect, it } from 'vitest';
import cascade from '../../../model/cascades/inception-4+mobilefacenet.json' with { type: 'json' };
import { calibrateCascadeTemplates } from '../../../scripts/calibrate/cascade-templates.ts';
import {
  distanceOfJoined,
  fastDistance,
  joined,
  templateDistanceOfJoined,
} from '../../../scripts/evaluate/cascade-pairs.ts';
import type { PeopleSet } from '../../../scripts/evaluate/sets.ts';
import { cascadeText } from '../../../scripts/report/cascade-text.ts';
import type { Calibration } from '../../../worker/face/decision/calibration.ts';
import { type CascadeParameters, fuse } from '../../../worker/face/decision/cascade.ts';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { unitVector, vectorNear } from '../../support/vectors.ts';

const points: CascadeParameters = {
  fast: { rates: rates(2.2, 1.2, 0.4), largestImpostorDistance: 3 },
  slow: { rates: rates(2.3, 1.5, 0.5), largestImpostorDistance: 3 },
  rule: { sameFar: 0.0001, differentFar: 0.01, fastWeight: 0.5 },
  near: 0.4,
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

describe('templates of people by both networks', () => {
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
    rates: rates(2.2, 1.2, 0.9),
    largestImpostorDistance: 3,
    templates: [1, 2].map((pictures) => ({
      pictures,
      rates: rates(2.2, 1.2, 0.4),
      largestImpostorDistance: 3,
    })),
  };

  it('have thresholds of their own, of the cascade’s distances', () => {
    const rule = { ...points.rule, sameFar: 1e-3 };
    const networks = { fast: calibration, slow: calibration, rule };
    const { templates: found, beyond } = calibrateCascadeTemplates(people(40), networks, [1e-2]);
    expect(found.map(({ pictures, templates }) => [pictures, templates])).toEqual([
      [1, 160],
      [2, 160],
      [3, 160],
    ]);
    expect(beyond).toBeUndefined(); // nobody has so many pictures
    for (const { rates, asked, againstSlow, near } of found) {
      expect(near).toBeGreaterThan(0);
      expect(near).toBeLessThan(rates.at(-1)?.threshold as number);
      expect(rates.map(({ far }) => far)).toEqual([1e-1, 1e-2]);
      expect(rates.at(-1)?.val).toBe(1);
      expect(asked.genuine).toBe(0); // all of one person's lie nearer than any of two people's
      expect(asked.impostors).toBeGreaterThan(0);
      expect(againstSlow).toMatchObject([{ far: 1e-2, difference: 0 }]);
    }
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
