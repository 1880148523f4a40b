/**
 * Finds people under a wrong name: one person under two names, and single pictures that were
 * filed under another's. Such pairs would count as impostors, and the rarest false-accept rates
 * rest on a handful of pairs.
 *
 * To take out every hard pair would make a model look better than it is. So all teachers must
 * agree, and a stray picture must also be nearer to the other person than to its own.
 */

import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { Mistake } from '../mistake.ts';

export interface Teaching {
  readonly name: string;
  /** Unit vectors, one a crop. */
  readonly embeddings: readonly Float32Array[];
}

export interface Twin {
  readonly identities: readonly [string, string];
  /** Squared L2 between the two people's mean embeddings, by teacher. */
  readonly distances: Readonly<Record<string, number>>;
}

/** A picture of one person that lies among those of another. */
export interface Stray {
  /** Its place among the crops. */
  readonly crop: number;
  readonly filedUnder: string;
  readonly looksLike: string;
  /** Squared L2 to the other person's mean, by teacher. */
  readonly distances: Readonly<Record<string, number>>;
}

export interface Screening {
  /** Limits by teacher, up to which two people's means are taken to be of one person. */
  readonly limits: Readonly<Record<string, number>>;
  /** Limits by teacher, up to which a picture is taken to be of the person of a mean. */
  readonly strayLimits: Readonly<Record<string, number>>;
  /** Pairs that every teacher takes for one person, closest first. */
  readonly twins: readonly Twin[];
  readonly strays: readonly Stray[];
}

/** The set as one teacher sees it. */
interface View {
  readonly name: string;
  /** Embedding of each crop. */
  readonly embeddings: readonly Float32Array[];
  /** Mean embedding of each person. */
  readonly means: readonly Float32Array[];
  /**
   * Distance of each crop from the mean of its person's other crops; Infinity where there are none.
   */
  readonly toOwn: readonly number[];
  readonly limit: number;
  readonly strayLimit: number;
}

/**
 * The usual distances of one person are learnt from the set itself. Each person's pictures are halved,
 * and the halves' means lie within the limit for a share `quantile` of all people; whole means
 * are closer than those of halves, so a person listed twice is found more often than that. A
 * picture lies within the limit for strays of the mean of its person's others for three quarters of all.
 *
 * @param persons who is on each crop
 */
export function screen(
  persons: readonly string[],
  teachings: readonly Teaching[],
  quantile: number,
): Screening {
  const names = [...new Set(persons)].sort();
  const crops = names.map((name) => persons.flatMap((person, i) => (person === name ? [i] : [])));
  const views = teachings.map((teaching) => view(teaching, crops, quantile));
  const limits = Object.fromEntries(views.map(({ name, limit }) => [name, limit]));
  const strayLimits = Object.fromEntries(views.map((v) => [v.name, v.strayLimit]));

  /** The distances by teacher, where every one of them is acceptable. */
  const agreed = (distanceOf: (view: View) => number, most: (view: View) => number) => {
    const distances: Record<string, number> = {};
    for (const view of views) {
      const distance = distanceOf(view);
      if (distance > most(view)) return undefined;
      distances[view.name] = distance;
    }
    return distances;
  };
  const at = <T>(list: readonly T[], i: number) => list[i] as T;

  const twins: Twin[] = [];
  const strays: Stray[] = [];
  for (let i = 0; i < names.length; i++) {
    for (let j = 0; j < i; j++) {
      const distances = agreed(
        ({ means }) => squaredDistance(at(means, i), at(means, j)),
        ({ limit }) => limit,
      );
      if (distances) twins.push({ identities: [at(names, j), at(names, i)], distances });
    }
  }
  for (const [crop, person] of persons.entries()) {
    for (const [j, other] of names.entries()) {
      if (other === person || at(crops, j).length < 2) continue;
      const distances = agreed(
        ({ embeddings, means }) => squaredDistance(at(embeddings, crop), at(means, j)),
        ({ strayLimit, toOwn }) => Math.min(strayLimit, at(toOwn, crop)),
      );
      if (distances) strays.push({ crop, filedUnder: person, looksLike: other, distances });
    }
  }
  const sum = ({ distances }: Twin) => Object.values(distances).reduce((a, b) => a + b, 0);
  return { limits, strayLimits, twins: twins.sort((a, b) => sum(a) - sum(b)), strays };
}

function view({ name, embeddings }: Teaching, crops: readonly number[][], quantile: number): View {
  const meanOf = (list: readonly number[]) =>
    unitMean(list.map((i) => embeddings[i] as Float32Array));
  const halves: number[] = [];
  const toOwn = embeddings.map(() => Number.POSITIVE_INFINITY);
  for (const list of crops) {
    if (list.length < 2) continue;
    const half = list.length >> 1;
    halves.push(squaredDistance(meanOf(list.slice(0, half)), meanOf(list.slice(half))));
    for (const crop of list) {
      const others = meanOf(list.filter((i) => i !== crop));
      toOwn[crop] = squaredDistance(embeddings[crop] as Float32Array, others);
    }
  }
  if (halves.length === 0) throw new Mistake('nobody has two pictures: no scale to judge by');
  return {
    name,
    embeddings,
    means: crops.map(meanOf),
    toOwn,
    limit: atQuantile(halves, quantile),
    strayLimit: atQuantile(toOwn.filter(Number.isFinite), 0.75),
  };
}

function atQuantile(values: readonly number[], share: number): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(share * (ordered.length - 1))] as number;
}

/** People to leave out: of each pair the second, and whoever a stray picture is filed under. */
export function drop({ twins, strays }: Screening): { identity: string; because: string }[] {
  const out = new Map<string, string>();
  const seen = (distances: Readonly<Record<string, number>>) =>
    Object.entries(distances)
      .map(([name, distance]) => `${name} ${distance.toFixed(3)}`)
      .join(', ');
  for (const { identities, distances } of twins) {
    const [first, second] = identities;
    if (out.has(first) || out.has(second)) continue;
    out.set(second, `probably the same person as ${first} (${seen(distances)})`);
  }
  for (const { filedUnder, looksLike, distances } of strays) {
    if (out.has(filedUnder)) continue;
    out.set(
      filedUnder,
      `a picture of probably ${looksLike} is filed under it (${seen(distances)})`,
    );
  }
  return [...out].map(([identity, because]) => ({ identity, because }));
}

function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array((vectors[0] as Float32Array).length);
  for (const vector of vectors) {
    for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (vector[k] as number);
  }
  const norm = Math.hypot(...sum);
  return sum.map((value) => value / norm);
}
