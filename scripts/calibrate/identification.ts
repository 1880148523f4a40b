/**
 * Searches among templates of labelled people: the thresholds of identification.
 *
 * A search for somebody who is not there is a false identification when the nearest template lies
 * within the threshold. Galleries of N are cut out of the calibration people, one template each:
 * for every probe all other people, in an order drawn once a round, in pieces of N. The pieces
 * share no person, and a round takes the next template of everybody.
 */
import type { Rate } from '../../worker/face/calibration.ts';
import { type Interval, percentiles, random, resample } from '../statistics/intervals.ts';
import { sorted, thresholdAt } from '../statistics/metrics.ts';
import type { CalibratedIdentification } from './calibration-file.ts';
import { type Enrollable, enrolAll, type Person } from './templates.ts';

export const FPIRS = [1e-1, 1e-2, 1e-3, 1e-4] as const;

/** Gallery sizes that thresholds are measured at, where there are people for them. */
export const GALLERY_SIZES = [10, 100, 500] as const;

/** Searches, one a probe and gallery. */
export interface Searches {
  /** Distances to the nearest template of somebody else. */
  readonly nearest: Float64Array;
  /** Person of each of those probes, by number. */
  readonly nearestOf: Uint32Array;
  /** Distances to one's own template, Infinity where the probe was refused, and in the same
   * gallery the nearest of the others. */
  readonly own: Float64Array;
  readonly rivals: Float64Array;
  readonly ownOf: Uint32Array;
  readonly people: number;
}

/** All searches in galleries of `size` templates, for each picture of the same people. */
export function searchAll(persons: readonly Person[], size: number, seed = 1): Searches {
  const next = random(seed);
  const nearest: number[] = [];
  const nearestOf: number[] = [];
  const own: number[] = [];
  const rivals: number[] = [];
  const ownOf: number[] = [];
  const rounds = Math.max(0, ...persons.map(({ templates }) => templates.length));
  for (let round = 0; round < rounds; round++) {
    const order = shuffled(persons.length, next).filter(
      (k) => persons[k]?.templates[round] !== undefined,
    );
    for (const [k, { pictures, templates }] of persons.entries()) {
      const others = order.filter((other) => other !== k);
      const galleries = Math.floor(others.length / size);
      const mine = templates[round];
      for (const [i, probe] of pictures) {
        const mated = mine !== undefined && !mine.of.has(i);
        for (let g = 0; g < galleries; g++) {
          let least = Number.POSITIVE_INFINITY;
          for (let n = g * size; probe && n < (g + 1) * size; n++) {
            const template = persons[others[n] as number]?.templates[round];
            const distance = distanceOf(template?.unit as Float32Array, probe);
            if (distance < least) least = distance;
          }
          if (probe) {
            nearest.push(least);
            nearestOf.push(k);
          }
          if (mated) {
            own.push(probe ? distanceOf(mine.unit, probe) : Number.POSITIVE_INFINITY);
            rivals.push(least);
            ownOf.push(k);
          }
        }
      }
    }
  }
  return {
    nearest: Float64Array.from(nearest),
    nearestOf: Uint32Array.from(nearestOf),
    own: Float64Array.from(own),
    rivals: Float64Array.from(rivals),
    ownOf: Uint32Array.from(ownOf),
    people: persons.length,
  };
}

/**
 * Thresholds of searches among templates of `pictures` pictures each.
 *
 * @param least false identifications that a rate must rest on
 */
export function calibrateIdentification(
  set: Enrollable,
  pictures: number,
  onePerson: Rate,
  least: number,
  sizes: readonly number[] = GALLERY_SIZES,
): CalibratedIdentification[] {
  const { persons } = enrolAll(set, pictures, onePerson);
  return sizes.flatMap((size) => {
    const searches = searchAll(persons, size);
    const distances = sorted(searches.nearest);
    const rates = FPIRS.flatMap((fpir) => {
      const at = thresholdAt(distances, fpir);
      if (at === undefined || at.pairs < least) return [];
      const { threshold, pairs: falseIdentifications } = at;
      return [{ ...measureAt(searches, threshold), fpir, threshold, falseIdentifications }];
    });
    if (rates.length === 0 || searches.own.length === 0) return [];
    let first = 0;
    for (const [i, distance] of searches.own.entries()) {
      if (distance < (searches.rivals[i] as number)) first++;
    }
    return {
      size,
      searches: searches.nearest.length,
      matedSearches: searches.own.length,
      rank1: first / searches.own.length,
      rates,
    };
  });
}

export interface MeasuredIdentification {
  /** Measured false-positive and false-negative identification rates, and their intervals. */
  readonly fpir: number;
  readonly fpirInterval: Interval;
  readonly fnir: number;
  readonly fnirInterval: Interval;
}

/** Rates of a threshold in these searches. Intervals: 95 %, bootstrap over probes' people. */
export function measureAt(searches: Searches, threshold: number): MeasuredIdentification {
  const { nearest, nearestOf, own, rivals, ownOf, people } = searches;
  const alarms = nearest.map((distance) => (distance <= threshold ? 1 : 0));
  const misses = own.map((distance, i) =>
    distance <= threshold && distance < (rivals[i] as number) ? 0 : 1,
  );
  const [fpir, fpirInterval] = share(alarms, nearestOf, people);
  const [fnir, fnirInterval] = share(misses, ownOf, people);
  return { fpir, fpirInterval, fnir, fnirInterval };
}

/** A share of events, and its interval by drawing people with replacement. */
function share(events: Float64Array, of: Uint32Array, people: number): [number, Interval] {
  const hits = new Float64Array(people);
  const all = new Float64Array(people);
  for (const [i, event] of events.entries()) {
    const k = of[i] as number;
    hits[k] = (hits[k] as number) + event;
    all[k] = (all[k] as number) + 1;
  }
  const next = random(1);
  const samples = new Float64Array(1000);
  for (let round = 0; round < samples.length; round++) {
    const times = resample(people, next);
    samples[round] = dot(times, hits) / dot(times, all);
  }
  const ones = new Uint16Array(people).fill(1);
  return [dot(ones, hits) / dot(ones, all), percentiles(samples)];
}

function dot(times: Uint16Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < times.length; i++) sum += (times[i] as number) * (values[i] as number);
  return sum;
}

/** Squared L2 of unit vectors, by their dot product: of 10^8 of these only the order matters. */
function distanceOf(a: Float32Array, b: Float32Array): number {
  let [p, q, r, s] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 4) {
    p += (a[i] as number) * (b[i] as number);
    q += (a[i + 1] as number) * (b[i + 1] as number);
    r += (a[i + 2] as number) * (b[i + 2] as number);
    s += (a[i + 3] as number) * (b[i + 3] as number);
  }
  return 2 - 2 * (p + q + r + s);
}

function shuffled(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
