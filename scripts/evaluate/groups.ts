/**
 * False accepts within groups of people, where a file's name tells age, sex and origin as
 * UTKFace's do (`age_gender_race_...`): the three that make impostors look alike.
 *
 * Such sets have one picture a person, so there are no genuine pairs and no VAL by group. What can
 * be said is how often two people of one group are taken for one at the shipped thresholds. They
 * have no identities either: a person pictured twice counts as an impostor, so these rates are
 * upper bounds.
 */

import type { Rate } from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Distance } from '../statistics/all-pairs.ts';
import { exactAtEnds, type Interval } from '../statistics/intervals.ts';

export interface Member {
  readonly age: number;
  readonly sex: string;
  readonly origin: string;
}

/** UTKFace's own codes and words (its "race" is what annotators saw in a picture). */
const SEXES = ['male', 'female'] as const;
const ORIGINS = ['White', 'Black', 'Asian', 'Indian', 'other'] as const;

/** Lower ends of the age bands, in years. */
const BANDS = [0, 5, 13, 18, 30, 45, 60] as const;

/** @returns undefined for names that do not say (UTKFace has three without an origin) */
export function memberOf(file: string): Member | undefined {
  const match = /(?:^|\/)(\d{1,3})_([01])_([0-4])_[^/]*$/.exec(file);
  if (match === null) return undefined;
  return {
    age: Number(match[1]),
    sex: SEXES[Number(match[2])] as string,
    origin: ORIGINS[Number(match[3])] as string,
  };
}

function ageBand(age: number): string {
  const i = BANDS.findLastIndex((from) => age >= from);
  const to = BANDS[i + 1];
  return to === undefined ? `${BANDS[i]}+` : `${BANDS[i]}–${to - 1}`;
}

/** The groupings reported, from the widest: what the two people of a pair share. */
const GROUPINGS: Readonly<Record<string, (member: Member) => string>> = {
  anybody: () => 'all',
  sex: ({ sex }) => sex,
  origin: ({ origin }) => origin,
  age: ({ age }) => ageBand(age),
  'sex and origin': ({ sex, origin }) => `${origin}, ${sex}`,
  'sex, origin and age': ({ sex, origin, age }) => `${origin}, ${sex}, ${ageBand(age)}`,
};

export interface GroupReport {
  readonly grouping: string;
  readonly group: string;
  readonly pictures: number;
  readonly pairs: number;
  readonly rates: readonly {
    readonly far: number;
    readonly threshold: number;
    readonly accepted: number;
    readonly measured: number;
    /** 95 %, over pictures; of none and of all pairs Clopper and Pearson's, over pairs. */
    readonly interval: Interval;
  }[];
}

/** Groups of fewer pictures say nothing about rare errors. */
const LEAST_PICTURES = 50;

/** @param most pictures taken of a group, evenly spread over it: pairs grow with their square */
export function reportGroups(
  members: readonly (Member & { readonly embedding: Float32Array })[],
  rates: readonly Rate[],
  distance: Distance = squaredDistance,
  most = 4000,
): GroupReport[] {
  return Object.entries(GROUPINGS).flatMap(([grouping, key]) => {
    const groups = new Map<string, Float32Array[]>();
    for (const member of members) {
      const group = key(member);
      const list = groups.get(group);
      if (list === undefined) groups.set(group, [member.embedding]);
      else list.push(member.embedding);
    }
    return [...groups]
      .filter(([, pictures]) => pictures.length >= LEAST_PICTURES)
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([group, pictures]) => ({
        grouping,
        group,
        ...within(thinned(pictures, most), rates, distance),
      }));
  });
}

/** Items taken evenly from the whole list, at most so many. */
export function thinned<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from(
    { length: most },
    (_, i) => items[Math.floor((i * items.length) / most)] as Item,
  );
}

/**
 * The rate is a U-statistic over pictures: its variance is 4/n times that of each picture's own
 * share of false accepts (Hoeffding 1948).
 */
function within(pictures: readonly Float32Array[], rates: readonly Rate[], measure: Distance) {
  const count = pictures.length;
  const hits = rates.map(() => new Float64Array(count));
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const distance = measure(pictures[i] as Float32Array, pictures[j] as Float32Array);
      for (const [k, { threshold }] of rates.entries()) {
        if (distance > threshold) break; // thresholds fall from rate to rate
        const mine = hits[k] as Float64Array;
        mine[i] = (mine[i] as number) + 1;
        mine[j] = (mine[j] as number) + 1;
      }
    }
  }
  const pairs = (count * (count - 1)) / 2;
  return {
    pictures: count,
    pairs,
    rates: rates.map(({ far, threshold }, k) => {
      const shares = (hits[k] as Float64Array).map((own) => own / (count - 1));
      const measured = shares.reduce((sum, share) => sum + share, 0) / count;
      const variance =
        shares.reduce((sum, share) => sum + (share - measured) ** 2, 0) / (count - 1);
      const half = 1.96 * Math.sqrt((4 * variance) / count);
      const normal = [Math.max(0, measured - half), Math.min(1, measured + half)] as const;
      const accepted = Math.round(measured * pairs);
      const interval = exactAtEnds(normal, accepted, pairs);
      return { far, threshold, accepted, measured, interval };
    }),
  };
}
