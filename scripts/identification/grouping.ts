/** Quality of a grouping of faces: B-cubed and pairwise precision and recall against known people. */
import { cluster } from '../../worker/face/cluster.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Labelled } from '../statistics/all-pairs.ts';

export interface GroupingScores {
  readonly groups: number;
  /** Pictures alone in their group, refused ones among them. */
  readonly alone: number;
  /** B-cubed (Bagga and Baldwin 1998): the mean over pictures, and the harmonic mean of both. */
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
  /** Share of the pairs put together that are of one person; and of all those, put together. */
  readonly pairPrecision: number;
  readonly pairRecall: number;
}

/**
 * Groups all pictures by average linkage, as `/v1/clusters` and `sort` do.
 *
 * @param set a refused picture has no embedding, and is a group of its own
 * @param threshold mean squared L2 distance
 */
export function groupAll({ embeddings, weaknesses }: Labelled, threshold: number): number[][] {
  const answered = embeddings.flatMap((embedding, i) =>
    embedding ? [{ embedding, weaknesses: weaknesses?.[i], i }] : [],
  );
  const groups = cluster(answered, threshold);
  const refused = embeddings.flatMap((embedding, i) => (embedding ? [] : [[i]]));
  return [...groups.map((group) => group.map((k) => answered[k]?.i as number)), ...refused];
}

/** @param groups every picture once */
export function scoreGroups(
  groups: readonly (readonly number[])[],
  persons: readonly string[],
): GroupingScores {
  const pictures = countBy(persons);
  let [precision, recall, together, right] = [0, 0, 0, 0];
  for (const group of groups) {
    for (const [person, count] of countBy(group.map((i) => persons[i] as string))) {
      precision += count ** 2 / group.length;
      recall += count ** 2 / (pictures.get(person) as number);
      right += (count * (count - 1)) / 2;
    }
    together += (group.length * (group.length - 1)) / 2;
  }
  precision /= persons.length;
  recall /= persons.length;
  let pairs = 0;
  for (const count of pictures.values()) pairs += (count * (count - 1)) / 2;
  return {
    groups: groups.length,
    alone: groups.filter(({ length }) => length === 1).length,
    precision,
    recall,
    f: (2 * precision * recall) / (precision + recall),
    pairPrecision: together === 0 ? 1 : right / together,
    pairRecall: right / pairs,
  };
}

/**
 * The share of pictures to which another picture of the same person is the nearest of all; refused
 * ones are misses. With a whole set for a gallery this is the hardest search that it holds.
 */
export function rankOne(set: Labelled): number {
  return shareOf(rankOneHits(set));
}

export function shareOf(hits: readonly boolean[]): number {
  return hits.filter(Boolean).length / hits.length;
}

/** True for each picture to which another picture of the same person is the nearest of all. */
export function rankOneHits({ embeddings, persons }: Labelled): boolean[] {
  return embeddings.map((probe, i) => {
    let least = Number.POSITIVE_INFINITY;
    let nearest: string | undefined;
    for (const [k, other] of embeddings.entries()) {
      if (k === i || !probe || !other) continue;
      const distance = squaredDistance(probe, other);
      if (distance < least) {
        least = distance;
        nearest = persons[k];
      }
    }
    return nearest === persons[i];
  });
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
