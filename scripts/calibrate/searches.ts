/**
 * Searches among templates of labelled people, and the rates of a threshold in them.
 *
 * A search for somebody who is not there is a false identification when the nearest template lies
 * within the threshold. Galleries of N are cut out of all people, one template each: for every probe
 * all other people, in an order drawn once a round, in pieces of N. The pieces share no person, and
 * a round takes the next template of everybody.
 */
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import {
  exactAtEnds,
  type Interval,
  percentiles,
  random,
  resample,
  shuffled,
} from '../statistics/intervals.ts';
import type { Person } from './template-comparisons.ts';

/** Searches, one a probe and gallery. */
export interface Searches {
  /** Distances to the nearest template of somebody else. */
  readonly nearest: Float64Array;
  /** Person of each of those probes, and of that template, by number. */
  readonly nearestOf: Uint32Array;
  readonly nearestTo: Uint32Array;
  /** Distances to one's own template, Infinity where the probe was refused, and in the same
   * gallery the nearest of the others. */
  readonly own: Float64Array;
  readonly rivals: Float64Array;
  readonly ownOf: Uint32Array;
  readonly people: number;
  /** People who have a template, by number. */
  readonly enrolled: readonly number[];
}

/** Searches as they are collected. */
class Collected {
  readonly nearest: number[] = [];
  readonly nearestOf: number[] = [];
  readonly nearestTo: number[] = [];
  readonly own: number[] = [];
  readonly rivals: number[] = [];
  readonly ownOf: number[] = [];

  constructor(
    readonly size: number,
    private readonly persons: readonly Person[],
  ) {}

  /**
   * Adds the searches of a probe of person `k`.
   *
   * @param distances to the templates of `others`; undefined for a refused probe
   * @param mate distance to the own template; undefined where there is none
   */
  add(k: number, others: Uint32Array, distances: Float64Array | undefined, mate?: number): void {
    const galleries = Math.floor(others.length / this.size);
    for (let g = 0; g < galleries; g++) {
      let least = Number.POSITIVE_INFINITY;
      let at = g * this.size;
      for (let n = g * this.size; distances && n < (g + 1) * this.size; n++) {
        const distance = distances[n] as number;
        if (distance < least) [least, at] = [distance, n];
      }
      if (distances) {
        this.nearest.push(least);
        this.nearestOf.push(k);
        this.nearestTo.push(others[at] as number);
      }
      if (mate !== undefined) {
        this.own.push(mate);
        this.rivals.push(least);
        this.ownOf.push(k);
      }
    }
  }

  done(): Searches {
    return {
      nearest: Float64Array.from(this.nearest),
      nearestOf: Uint32Array.from(this.nearestOf),
      nearestTo: Uint32Array.from(this.nearestTo),
      own: Float64Array.from(this.own),
      rivals: Float64Array.from(this.rivals),
      ownOf: Uint32Array.from(this.ownOf),
      people: this.persons.length,
      enrolled: this.persons.flatMap(({ templates }, k) => (templates.length > 0 ? [k] : [])),
    };
  }
}

/**
 * All searches for each picture of the same people, in galleries of each of these sizes.
 *
 * @param most rounds at most: with one, everybody has one template, the first
 */
export function searchAll(
  persons: readonly Person[],
  sizes: readonly number[],
  most = Number.POSITIVE_INFINITY,
): Searches[] {
  const next = random(1);
  const collected = sizes.map((size) => new Collected(size, persons));
  const rounds = persons.reduce((max, { templates }) => Math.max(max, templates.length), 0);
  for (let round = 0; round < Math.min(rounds, most); round++) {
    const order = shuffled(persons.length, next).filter(
      (k) => persons[k]?.templates[round] !== undefined,
    );
    for (const [k, { pictures, templates }] of persons.entries()) {
      const others = Uint32Array.from(order.filter((other) => other !== k));
      const units = Array.from(
        others,
        (other) => persons[other]?.templates[round]?.unit as Embedding,
      );
      const room = new Float64Array(others.length);
      const mine = templates[round];
      for (const [i, probe] of pictures) {
        for (const [n, unit] of units.entries()) if (probe) room[n] = distanceOf(unit, probe);
        const distances = probe && room;
        const isMated = mine !== undefined && !mine.of.has(i);
        const mate = probe && mine ? distanceOf(mine.unit, probe) : Number.POSITIVE_INFINITY;
        for (const searches of collected) {
          searches.add(k, others, distances, isMated ? mate : undefined);
        }
      }
    }
  }
  return collected.map((searches) => searches.done());
}

export interface MeasuredIdentification {
  /** Measured false-positive and false-negative identification rates, and their intervals. */
  readonly fpir: number;
  readonly fpirInterval: Interval;
  readonly fnir: number;
  readonly fnirInterval: Interval;
}

/**
 * Rates of a threshold in these searches.
 *
 * Intervals: 95 %, bootstrap over people. A false identification is between two of them, who is
 * searched for and whose template is nearest, so both are drawn (Owen's pigeonhole bootstrap, 2007):
 * a person whom many are like weighs as much as one who is like many.
 */
export function measureAt(searches: Searches, threshold: number): MeasuredIdentification {
  const { nearest, nearestOf, nearestTo, own, rivals, ownOf, people, enrolled } = searches;
  const alarms = alarmsAt(searches, threshold);
  const misses = new Float64Array(people);
  for (const [i, distance] of own.entries()) {
    if (distance <= threshold && distance < (rivals[i] as number)) continue;
    misses[ownOf[i] as number] = (misses[ownOf[i] as number] as number) + 1;
  }
  const [ofProbes, ofMates] = [countOf(nearestOf, people), countOf(ownOf, people)];
  const next = random(1);
  const [fpirs, fnirs] = [new Float64Array(1000), new Float64Array(1000)];
  for (let draw = 0; draw < fpirs.length; draw++) {
    const times = resample(people, next);
    let sum = 0;
    for (const i of alarms) {
      sum += (times[nearestOf[i] as number] as number) * (times[nearestTo[i] as number] as number);
    }
    const templates = enrolled.reduce((count, k) => count + (times[k] as number), 0);
    fpirs[draw] = sum / (dot(times, ofProbes) * (templates / enrolled.length));
    fnirs[draw] = dot(times, misses) / dot(times, ofMates);
  }
  const missed = misses.reduce((sum, count) => sum + count, 0);
  return {
    fpir: alarms.length / nearest.length,
    fpirInterval: exactAtEnds(percentiles(fpirs), alarms.length, nearest.length),
    fnir: missed / own.length,
    fnirInterval: exactAtEnds(percentiles(fnirs), missed, own.length),
  };
}

/** The share of searches for people in the gallery in which they come first. */
export function rankOneOf({ own, rivals }: Searches): number {
  return (
    own.reduce((sum, distance, i) => sum + (distance < (rivals[i] as number) ? 1 : 0), 0) /
    own.length
  );
}

/** Searches for people who are not there whose nearest template lies within the threshold. */
function alarmsAt({ nearest }: Searches, threshold: number): number[] {
  const alarms: number[] = [];
  for (const [i, distance] of nearest.entries()) if (distance <= threshold) alarms.push(i);
  return alarms;
}

function countOf(owners: Uint32Array, people: number): Float64Array {
  const counts = new Float64Array(people);
  for (const k of owners) counts[k] = (counts[k] as number) + 1;
  return counts;
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
