/** Comparisons whose distances were measured once, to be looked at many times. */
import type { Comparisons } from './all-pairs.ts';
import type { Distances } from './metrics.ts';

/** Shares of the comparisons of one person, and of two. */
export interface Shares {
  readonly genuine: number;
  readonly impostors: number;
}

interface Measured {
  /** A person a comparison, or two. */
  readonly people: Uint32Array;
  readonly distances: Float64Array;
}

export class RecordedComparisons implements Comparisons {
  readonly people: number;
  readonly impostorWeight: (times: Uint16Array) => number;
  readonly #same: Measured;
  readonly #different: Measured;

  private constructor(
    { people, impostorWeight }: Pick<Comparisons, 'people' | 'impostorWeight'>,
    same: Measured,
    different: Measured,
  ) {
    this.people = people;
    this.impostorWeight = impostorWeight;
    this.#same = same;
    this.#different = different;
  }

  static of(comparisons: Comparisons): RecordedComparisons {
    const count = comparisons.impostorWeight(new Uint16Array(comparisons.people).fill(1));
    const different = { people: new Uint32Array(2 * count), distances: new Float64Array(count) };
    const [people, distances]: [number[], number[]] = [[], []];
    let at = 0;
    comparisons.visit(
      (person, distance) => {
        people.push(person);
        distances.push(distance);
      },
      (a, b, distance) => {
        different.people[2 * at] = a;
        different.people[2 * at + 1] = b;
        different.distances[at] = distance;
        at += 1;
      },
    );
    if (at !== count) throw new Error(`${at} comparisons of two people, not ${count}`);
    const same = { people: Uint32Array.from(people), distances: Float64Array.from(distances) };
    const of = {
      people: comparisons.people,
      impostorWeight: (times: Uint16Array) => comparisons.impostorWeight(times),
    };
    return new RecordedComparisons(of, same, different);
  }

  /** The same comparisons, each at the distance that comes of this one and of the other's. */
  with(
    other: RecordedComparisons,
    combine: (own: number, other: number) => number,
  ): RecordedComparisons {
    const joined = (own: Float64Array, theirs: Float64Array) => {
      if (own.length !== theirs.length) throw new Error('these are not the same comparisons');
      return own.map((distance, i) => combine(distance, theirs[i] as number));
    };
    const same = joined(this.#same.distances, other.#same.distances);
    const different = joined(this.#different.distances, other.#different.distances);
    return new RecordedComparisons(
      this,
      { ...this.#same, distances: same },
      { ...this.#different, distances: different },
    );
  }

  visit(
    same: (person: number, distance: number) => void,
    different: (a: number, b: number, distance: number) => void,
  ): void {
    const { people, distances } = this.#different;
    for (const [i, distance] of this.#same.distances.entries()) {
      same(this.#same.people[i] as number, distance);
    }
    for (let i = 0; i < distances.length; i++) {
      different(people[2 * i] as number, people[2 * i + 1] as number, distances[i] as number);
    }
  }

  /** Shares of the comparisons that are answered whose distance counts. */
  shares(counts: (distance: number) => boolean): Shares {
    const share = (distances: Float64Array) => {
      let [answered, counted] = [0, 0];
      for (const distance of distances) {
        if (!Number.isFinite(distance)) continue;
        answered += 1;
        if (counts(distance)) counted += 1;
      }
      return counted / answered;
    };
    return {
      genuine: share(this.#same.distances),
      impostors: share(this.#different.distances),
    };
  }

  /** Sorted distances. */
  distances(): { readonly genuine: Distances; readonly impostors: Distances } {
    return {
      genuine: this.#same.distances.toSorted(),
      impostors: this.#different.distances.toSorted(),
    };
  }
}
