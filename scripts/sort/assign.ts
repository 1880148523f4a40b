/** Groups of faces over several runs: who is in one stays in it, new faces come to the nearest. */
import { type Centre, centreOf, cluster, meanDistance } from '../../worker/face/cluster.ts';
import type { Embedding } from '../../worker/face/embed.ts';

export interface GroupedFace {
  readonly embedding: Embedding;
  /** Number of the group, from 1; null for none yet. */
  readonly group: number | null;
}

/**
 * Gives each face its group.
 *
 * A face without one comes to the group whose faces lie nearest to it on average, if they lie within
 * the threshold. Those left are clustered by themselves, and groups of two or more get new numbers.
 *
 * @param threshold mean squared L2 distance
 * @returns numbers of groups, null for faces that are like no other
 */
export function assign(faces: readonly GroupedFace[], threshold: number): (number | null)[] {
  const members = new Map<number, Embedding[]>();
  for (const { embedding, group } of faces) {
    if (group === null) continue;
    const own = members.get(group);
    if (own === undefined) members.set(group, [embedding]);
    else own.push(embedding);
  }
  const centres = new Map([...members].map(([group, own]) => [group, centreOf(own)]));
  const groups = faces.map(({ embedding, group }) =>
    group === null ? nearest(embedding, centres, threshold) : group,
  );
  const alone = faces.flatMap((_, i) => (groups[i] === null ? [i] : []));
  const clusters = cluster(
    alone.map((i) => (faces[i] as GroupedFace).embedding),
    threshold,
  );
  let last = Math.max(0, ...centres.keys());
  for (const found of clusters.filter(({ length }) => length > 1)) {
    last++;
    for (const k of found) groups[alone[k] as number] = last;
  }
  return groups;
}

function nearest(
  embedding: Embedding,
  centres: ReadonlyMap<number, Centre>,
  threshold: number,
): number | null {
  const own = centreOf([embedding]);
  let best: number | null = null;
  let least = threshold;
  for (const [group, centre] of centres) {
    const distance = meanDistance(own, centre);
    if (distance > least) continue;
    best = group;
    least = distance;
  }
  return best;
}
