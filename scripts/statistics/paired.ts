/** Two networks on the same pictures: the difference of their VAL, by a paired bootstrap. */
import { type Comparisons, comparisonsOf, type Labelled } from './all-pairs.ts';
import { type Interval, percentiles, random, resample } from './intervals.ts';

export interface ValDifference {
  readonly far: number;
  /** VAL of the second network less that of the first, each at its own threshold for the rate (`thresholdAt`). */
  readonly difference: number;
  /** 95 %. */
  readonly interval: Interval;
}

/** Impostor pairs kept, in multiples of those within the largest threshold of the whole set. */
const MARGIN = 3;
/** Least number of them: few pairs share few people, who may be drawn many times. */
const LEAST_KEPT = 10_000;

/**
 * Differences in VAL at each rate. In each round the same people are drawn for both networks, with
 * replacement, and both thresholds are taken anew: what makes people easy or hard for both cancels
 * (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8).
 *
 * @throws Error where the two sets are not of the same pictures
 */
export function compareVal(
  first: Labelled,
  second: Labelled,
  fars: readonly number[],
  replicates = 1000,
  seed = 1,
): ValDifference[] {
  if (first.persons.join('\n') !== second.persons.join('\n')) {
    throw new Error('a paired comparison is of the same pictures');
  }
  return compareComparisons(comparisonsOf(first), comparisonsOf(second), fars, replicates, seed);
}

/** The same of comparisons of the same people in the same order. */
export function compareComparisons(
  first: Comparisons,
  second: Comparisons,
  fars: readonly number[],
  replicates = 1000,
  seed = 1,
): ValDifference[] {
  const most = Math.max(...fars);
  const [one, other] = [pairsOf(first, most), pairsOf(second, most)];
  const differences = (times: Uint16Array) => {
    const [a, b] = [one.vals(times, fars), other.vals(times, fars)];
    return fars.map((_, k) => (b[k] as number) - (a[k] as number));
  };
  const next = random(seed);
  const samples = fars.map(() => new Float64Array(replicates));
  for (let round = 0; round < replicates; round++) {
    const drawn = differences(resample(one.people, next));
    for (const [k, list] of samples.entries()) list[round] = drawn[k] as number;
  }
  const whole = differences(new Uint16Array(one.people).fill(1));
  return fars.map((far, k) => ({
    far,
    difference: whole[k] as number,
    interval: percentiles(samples[k] as Float64Array),
  }));
}

/** A difference of two shares of the same pictures, and its 95 % interval. */
export interface ShareDifference {
  readonly difference: number;
  readonly interval: Interval;
}

/**
 * Difference of the share of pictures that hit, the second network's less the first's, by a bootstrap over people.
 *
 * @param persons of the pictures, which are the same for both
 */
export function compareShares(
  first: readonly boolean[],
  second: readonly boolean[],
  persons: readonly string[],
  replicates = 1000,
  seed = 1,
): ShareDifference {
  const people = new Map<string, { gained: number; pictures: number }>();
  for (const [i, person] of persons.entries()) {
    const own = people.get(person) ?? { gained: 0, pictures: 0 };
    people.set(person, own);
    own.gained += Number(second[i]) - Number(first[i]);
    own.pictures += 1;
  }
  const all = [...people.values()];
  const difference = (times: Uint16Array) => {
    const sum = (of: 'gained' | 'pictures') =>
      all.reduce((total, one, k) => total + (times[k] as number) * one[of], 0);
    return sum('gained') / sum('pictures');
  };
  const next = random(seed);
  const samples = Float64Array.from({ length: replicates }, () =>
    difference(resample(all.length, next)),
  );
  return {
    difference: difference(new Uint16Array(all.length).fill(1)),
    interval: percentiles(samples),
  };
}

/** Genuine pairs, and the nearest impostor pairs, of one network: sorted by distance. */
function pairsOf(comparisons: Comparisons, mostFar: number) {
  const genuine: { person: number; distance: number }[] = [];
  let impostors: { a: number; b: number; distance: number }[] = [];
  const all = comparisons.impostorWeight(new Uint16Array(comparisons.people).fill(1));
  const kept = Math.max(LEAST_KEPT, Math.ceil(MARGIN * mostFar * all));
  let limit = Number.POSITIVE_INFINITY;
  const nearest = () => {
    impostors = impostors.sort((p, q) => p.distance - q.distance).slice(0, kept + 1);
    limit = impostors[kept]?.distance ?? Number.POSITIVE_INFINITY;
  };
  comparisons.visit(
    (person, distance) => genuine.push({ person, distance }),
    (a, b, distance) => {
      if (distance > limit) return;
      impostors.push({ a, b, distance });
      if (impostors.length > 4 * kept + 1000) nearest();
    },
  );
  nearest();
  genuine.sort((p, q) => p.distance - q.distance);
  const weightOf = (times: Uint16Array, person: number) => times[person] as number;

  return {
    people: comparisons.people,
    /** VAL at each rate, of people drawn so many `times`; NaN where none has a genuine pair. */
    vals(times: Uint16Array, fars: readonly number[]): number[] {
      const impostorWeight = comparisons.impostorWeight(times);
      const genuineWeight = genuine.reduce((sum, { person }) => sum + weightOf(times, person), 0);
      return fars.map((far) => {
        const isWithin = limitOf(times, far * impostorWeight);
        let accepted = 0;
        for (const { person, distance } of genuine) {
          if (!isWithin(distance)) break;
          accepted += weightOf(times, person);
        }
        return impostorWeight === 0 ? Number.NaN : accepted / genuineWeight;
      });
    },
  };

  /** Tells what lies within the threshold that accepts impostor pairs of at most this weight: `thresholdAt`. */
  function limitOf(times: Uint16Array, most: number): (distance: number) => boolean {
    let threshold: number | undefined;
    let within = 0;
    for (let i = 0; i < impostors.length; ) {
      const { distance } = impostors[i] as (typeof impostors)[number];
      const before = within;
      for (let pair = impostors[i]; pair?.distance === distance; pair = impostors[++i]) {
        within += weightOf(times, pair.a) * weightOf(times, pair.b);
      }
      if (within > most + 1e-9) {
        // A draw that may not accept even the nearest impostor pair accepts what is nearer than that.
        return threshold === undefined ? (other) => other < distance : reaches(threshold);
      }
      if (within > before) threshold = distance;
    }
    return reaches(threshold ?? Number.NEGATIVE_INFINITY);
  }
}

function reaches(threshold: number): (distance: number) => boolean {
  return (distance) => distance <= threshold;
}
