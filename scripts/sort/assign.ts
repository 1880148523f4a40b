/** Groups of faces over several runs: who is in one stays in it, new faces come to the nearest. */
import {
  type Centre,
  type ClusterFace,
  centreOf,
  cluster,
  meanDistance,
} from '../../worker/face/cluster.ts';

export interface GroupedFace extends ClusterFace {
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
 * @param taken numbers of groups whose faces are not here: new ones are larger
 * @returns numbers of groups, null for faces that are like no other
 */
export function assign(
  faces: readonly GroupedFace[],
  threshold: number,
  taken: Iterable<number> = [],
): (number | null)[] {
  const members = new Map<number, GroupedFace[]>();
  for (const face of faces) {
    if (face.group === null) continue;
    const own = members.get(face.group);
    if (own === undefined) members.set(face.group, [face]);
    else own.push(face);
  }
  const centres = new Map([...members].map(([group, own]) => [group, centreOf(own)]));
  const groups = joinGroups(faces, centres, threshold);
  const alone = faces.flatMap((_, i) => (groups[i] === null ? [i] : []));
  const clusters = cluster(
    alone.map((i) => faces[i] as GroupedFace),
    threshold,
  );
  let last = 0;
  for (const group of [...centres.keys(), ...taken]) last = Math.max(last, group);
  for (const found of clusters.filter(({ length }) => length > 1)) {
    last++;
    for (const k of found) groups[alone[k] as number] = last;
  }
  return groups;
}

/**
 * Groups of faces, where those without one come to the nearest within the threshold, the closest pairs
 * first. Of two faces of a picture only one comes to a group.
 */
function joinGroups(
  faces: readonly GroupedFace[],
  centres: ReadonlyMap<number, Centre>,
  threshold: number,
): (number | null)[] {
  const groups = faces.map(({ group }) => group);
  const candidates = faces.flatMap((face, i) => {
    if (face.group !== null) return [];
    const own = centreOf([face]);
    return [...centres]
      .map(([group, centre]) => ({ i, group, distance: meanDistance(own, centre) }))
      .filter(({ distance }) => distance <= threshold);
  });
  const taken = new Set<string>();
  for (const { i, group } of candidates.sort((a, b) => a.distance - b.distance)) {
    const { picture } = faces[i] as GroupedFace;
    const place = `${group} ${picture}`;
    if (groups[i] !== null || (picture !== undefined && taken.has(place))) continue;
    groups[i] = group;
    taken.add(place);
  }
  return groups;
}
