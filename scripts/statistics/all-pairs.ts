/** All pairs of a labelled set of pictures: VAL and FAR with intervals over identities. */

import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { sharesWeakness, type Weakness } from '../../worker/face/quality/quality-floor.ts';
import { Mistake } from '../mistake.ts';
import { type Interval, percentiles, random, resample } from './intervals.ts';
import { countWithin, type Distances } from './metrics.ts';

export interface Labelled {
  /** Unit vectors; undefined for a picture that was refused. */
  readonly embeddings: readonly (Float32Array | undefined)[];
  /** Person on each picture. */
  readonly persons: readonly string[];
  /** Weaknesses of each picture: two that share one are not decided on. Default: none. */
  readonly weaknesses?: readonly (readonly Weakness[])[];
  /** Default: `squaredDistance`. */
  readonly distance?: Distance;
}

/** Distance of two pictures, from what is known of each. */
export type Distance = (a: Float32Array, b: Float32Array) => number;

/** More pairs than this would not fit into memory: 8 bytes each. */
const MAX_PAIRS = 100_000_000;

export interface AllPairs {
  /**
   * Distances of all pairs of one person, sorted; those that are refused stand at Infinity.
   */
  readonly genuine: Distances;
  /**
   * Distances of the answered pairs of two people, sorted. Refused ones are left out: they would
   * make a false-accept rate look smaller than it is among the answers that are given.
   */
  readonly impostors: Distances;
}

type Visit = (i: number, j: number, distance: number) => void;

function forEachPair(set: Labelled, same: Visit, different: Visit): void {
  const { embeddings, persons, distance: measure = squaredDistance } = set;
  for (let i = 0; i < embeddings.length; i++) {
    const a = embeddings[i];
    const person = persons[i];
    for (let j = 0; j < i; j++) {
      const b = embeddings[j];
      const isAnswered = a && b && !isRefusedPair(set, i, j);
      const distance = isAnswered ? measure(a, b) : Number.POSITIVE_INFINITY;
      if (person === persons[j]) same(i, j, distance);
      else if (isAnswered) different(i, j, distance);
    }
  }
}

/** Tells two pictures that share a weakness, and so are not decided on. */
function isRefusedPair({ weaknesses }: Labelled, i: number, j: number): boolean {
  return sharesWeakness(weaknesses?.[i] ?? [], weaknesses?.[j] ?? []);
}

/** @throws Mistake when there are more pairs than memory holds */
export function allPairs(set: Labelled): AllPairs {
  const count = set.embeddings.length;
  if ((count * (count - 1)) / 2 > MAX_PAIRS) {
    throw new Mistake(`${count} pictures make more than ${MAX_PAIRS} pairs: take fewer pictures`);
  }
  const genuine: number[] = [];
  const impostors = new Float64Array((count * (count - 1)) / 2);
  let at = 0;
  forEachPair(
    set,
    (_i, _j, distance) => genuine.push(distance),
    (_i, _j, distance) => {
      impostors[at++] = distance;
    },
  );
  return {
    genuine: Float64Array.from(genuine).sort(),
    impostors: impostors.slice(0, at).sort(),
  };
}

export interface Uncertainty {
  readonly valInterval: Interval;
  readonly farInterval: Interval;
}

/** Weights summed at most in one bootstrap, which bounds its time to some seconds. */
const MAX_BOOTSTRAP_WORK = 2e9;

/** Comparisons of people with themselves and with each other, for a bootstrap over people. */
export interface Comparisons {
  readonly people: number;
  /** Calls back for every comparison: one of a person, or of two people, by their numbers. */
  visit(
    same: (person: number, distance: number) => void,
    different: (a: number, b: number, distance: number) => void,
  ): void;
  /** The sum over all impostor comparisons of how often their two people were drawn, multiplied. */
  impostorWeight(times: Uint16Array): number;
}

/** Comparisons of all pairs of a set. */
export function comparisonsOf(set: Labelled): Comparisons {
  const names = [...new Set(set.persons)];
  const numbers = new Map(names.map((name, i) => [name, i]));
  const identity = set.persons.map((person) => numbers.get(person) as number);
  const answered = new Float64Array(names.length);
  for (const [i, embedding] of set.embeddings.entries()) {
    const person = identity[i] as number;
    if (embedding) answered[person] = (answered[person] as number) + 1;
  }
  const refused = refusedImpostors(set, identity);
  return {
    people: names.length,
    visit: (same, different) =>
      forEachPair(
        set,
        (i, _j, distance) => same(identity[i] as number, distance),
        (i, j, distance) => different(identity[i] as number, identity[j] as number, distance),
      ),
    impostorWeight: (times) => crossWeight(times, answered) - pairWeight(times, refused),
  };
}

/**
 * 95 % intervals of VAL and FAR at given thresholds, by a bootstrap over identities: pictures of
 * one person, and pairs that share a person, are not independent, so people are drawn with
 * replacement, not pairs. A person drawn m times counts m times in genuine pairs, and an impostor
 * pair of people drawn m and n times counts m x n times.
 */
export function bootstrap(
  set: Labelled,
  thresholds: readonly number[],
  { impostors }: Pick<AllPairs, 'impostors'>,
  replicates = 1000,
  seed = 1,
): Uncertainty[] {
  return bootstrapOver(comparisonsOf(set), thresholds, impostors, replicates, seed);
}

/** Pairs of two people whose pictures share a weakness: a list of people, two a pair. */
function refusedImpostors(set: Labelled, identity: readonly number[]): Uint32Array {
  const isWeak = (i: number) => set.embeddings[i] && (set.weaknesses?.[i]?.length ?? 0) > 0;
  const some = [...identity.keys()].filter(isWeak);
  return Uint32Array.from(
    some.flatMap((i, n) =>
      some
        .slice(0, n)
        .filter((j) => identity[i] !== identity[j] && isRefusedPair(set, i, j))
        .flatMap((j) => [identity[i] as number, identity[j] as number]),
    ),
  );
}

/** @param impostors distances of all impostor comparisons, sorted */
export function bootstrapOver(
  comparisons: Comparisons,
  thresholds: readonly number[],
  impostors: Distances,
  replicates = 1000,
  seed = 1,
): Uncertainty[] {
  const { people } = comparisons;
  const genuine = new Float64Array(people);
  const accepted = thresholds.map(() => new Float64Array(people));
  // Only the impostor pairs within a threshold enter its sum: a list of people, two a pair.
  const within = thresholds.map((t) => new Uint32Array(2 * countWithin(impostors, t)));
  const filled = thresholds.map(() => 0);
  comparisons.visit(
    (person, distance) => {
      genuine[person] = (genuine[person] as number) + 1;
      for (const [k, hits] of accepted.entries()) {
        if (distance <= (thresholds[k] as number)) hits[person] = (hits[person] as number) + 1;
      }
    },
    (a, b, distance) => {
      for (const [k, list] of within.entries()) {
        if (distance > (thresholds[k] as number)) continue;
        const at = filled[k] as number;
        list[at] = a;
        list[at + 1] = b;
        filled[k] = at + 2;
      }
    },
  );

  const work = within.reduce((sum, list) => sum + list.length / 2, 0);
  const rounds = Math.max(100, Math.min(replicates, Math.floor(MAX_BOOTSTRAP_WORK / (work + 1))));
  const next = random(seed);
  const vals = thresholds.map(() => new Float64Array(rounds));
  const fars = thresholds.map(() => new Float64Array(rounds));
  for (let round = 0; round < rounds; round++) {
    const times = resample(people, next);
    const allImpostors = comparisons.impostorWeight(times);
    const allGenuine = weighted(times, genuine);
    for (let k = 0; k < thresholds.length; k++) {
      (vals[k] as Float64Array)[round] = weighted(times, accepted[k] as Float64Array) / allGenuine;
      (fars[k] as Float64Array)[round] = pairWeight(times, within[k] as Uint32Array) / allImpostors;
    }
  }
  return thresholds.map((_, k) => ({
    valInterval: percentiles(vals[k] as Float64Array),
    farInterval: percentiles(fars[k] as Float64Array),
  }));
}

function weighted(times: Uint16Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < times.length; i++) sum += (times[i] as number) * (values[i] as number);
  return sum;
}

/** The weight of all pairs of pictures of two people: from the square of a sum. */
function crossWeight(times: Uint16Array, pictures: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < times.length; i++) {
    const weight = (times[i] as number) * (pictures[i] as number);
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum - squares) / 2;
}

function pairWeight(times: Uint16Array, people: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < people.length; i += 2) {
    sum += (times[people[i] as number] as number) * (times[people[i + 1] as number] as number);
  }
  return sum;
}
