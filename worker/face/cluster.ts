/**
 * Clustering: which faces belong together, without knowing whose they are.
 *
 * Agglomerative, with average linkage (UPGMA, Sokal and Michener 1958) on squared L2 distances. Of
 * unit vectors the mean distance of two groups is 2 - 2 (mean of one) . (mean of the other), so
 * groups are kept as sums of vectors, and no matrix of distances is needed: n vectors take n x 128
 * numbers. Faces with weaknesses (`quality/quality-floor.ts`) are summed apart, so that pairs that share one are
 * left out of the mean. Faces whose `picture` is the same are of different people: groups that share a
 * picture are never merged (cannot-link constraints, Wagstaff and Cardie 2000). Merges are found by chains of
 * nearest neighbours (Murtagh 1983) in O(n^2) time.
 */
import type { Embedding } from './embedding/embed.ts';
import { sharesWeakness, type Weakness } from './quality/quality-floor.ts';

/** A group: indices of faces, ascending; the groups in the order of their first member. */
export type Group = readonly number[];

export interface ClusterFace {
  /** Unit vector. */
  readonly embedding: Embedding;
  /** Weaknesses, by which a distance says nothing between two faces that share one. Default: none. */
  readonly weaknesses?: readonly Weakness[] | undefined;
  /** Picture that the face is in; absent where two faces of a picture may be of one person. */
  readonly picture?: string | number | undefined;
}

/** Faces of a group that have the same weaknesses: their vectors summed, and how many. */
interface Part {
  readonly weaknesses: readonly Weakness[];
  readonly sum: Float64Array;
  readonly count: number;
}

/** All of a group that its distances to others follow from. */
export interface Centre {
  /** Parts by weaknesses; mostly one, without any. */
  readonly parts: readonly Part[];
  readonly pictures: ReadonlySet<string | number>;
}

interface Node {
  readonly centre: Centre;
  readonly members: number[];
}

/**
 * Groups faces: two groups become one while their mean squared distance is at most `threshold`, over
 * the pairs that share no weakness, and no picture shows both. Who is like nobody stays a group of one.
 *
 * @param threshold squared L2 distance, 0 to 4
 */
export function cluster(faces: readonly ClusterFace[], threshold: number): Group[] {
  const active: Node[] = faces.map((face, i) => ({ centre: centreOf([face]), members: [i] }));
  const done: Node[] = [];
  const chain: Node[] = [];
  while (active.length > 0) {
    if (chain.length === 0) chain.push(active[0] as Node);
    const tip = chain.at(-1) as Node;
    const before = chain.at(-2);
    const nearest = nearestOf(tip, active, before);
    if (nearest === undefined || !(meanDistance(tip.centre, nearest.centre) <= threshold)) {
      // Average linkage is reducible: merging others brings nobody nearer. So this one is done.
      chain.pop();
      remove(active, tip);
      done.push(tip);
    } else if (nearest === before) {
      chain.length -= 2;
      remove(active, tip);
      remove(active, nearest);
      active.push({
        centre: joined(tip.centre, nearest.centre),
        members: [...tip.members, ...nearest.members],
      });
    } else chain.push(nearest);
  }
  const groups = done.map(({ members }) => members.sort((a, b) => a - b));
  return groups.sort((a, b) => (a[0] as number) - (b[0] as number));
}

export function centreOf(faces: readonly ClusterFace[]): Centre {
  const parts = faces.reduce<readonly Part[]>((parts, { embedding, weaknesses = [] }) => {
    return joinedParts(parts, [{ weaknesses, sum: Float64Array.from(embedding), count: 1 }]);
  }, []);
  const pictures = new Set(faces.flatMap(({ picture = [] }) => picture));
  return { parts, pictures };
}

/**
 * Mean squared L2 distance of the pairs between two groups that share no weakness; Infinity where all
 * do, or a picture shows both.
 */
export function meanDistance(a: Centre, b: Centre): number {
  if (!areDisjoint(a.pictures, b.pictures)) return Number.POSITIVE_INFINITY;
  let [sum, pairs] = [0, 0];
  for (const one of a.parts) {
    for (const other of b.parts) {
      if (sharesWeakness(one.weaknesses, other.weaknesses)) continue;
      const count = one.count * other.count;
      sum += 2 * count - 2 * product(one.sum, other.sum);
      pairs += count;
    }
  }
  return pairs === 0 ? Number.POSITIVE_INFINITY : sum / pairs;
}

function areDisjoint<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  const [smaller, larger] = a.size < b.size ? [a, b] : [b, a];
  for (const value of smaller) if (larger.has(value)) return false;
  return true;
}

/** @param x and y of one length, a multiple of four */
function product(x: Float64Array, y: Float64Array): number {
  let [p, q, r, s] = [0, 0, 0, 0]; // four sums, since each would have to wait for itself
  for (let i = 0; i < x.length; i += 4) {
    p += (x[i] as number) * (y[i] as number);
    q += (x[i + 1] as number) * (y[i + 1] as number);
    r += (x[i + 2] as number) * (y[i + 2] as number);
    s += (x[i + 3] as number) * (y[i + 3] as number);
  }
  return p + q + r + s;
}

function joined(a: Centre, b: Centre): Centre {
  const parts = joinedParts(a.parts, b.parts);
  return { parts, pictures: new Set([...a.pictures, ...b.pictures]) };
}

function joinedParts(a: readonly Part[], b: readonly Part[]): readonly Part[] {
  const parts = new Map(a.map((part) => [part.weaknesses.join(), part]));
  for (const part of b) {
    const key = part.weaknesses.join();
    const own = parts.get(key);
    if (own === undefined) parts.set(key, part);
    else {
      const sum = own.sum.map((value, i) => value + (part.sum[i] as number));
      parts.set(key, { ...own, sum, count: own.count + part.count });
    }
  }
  return [...parts.values()];
}

/** The nearest: of those equally near `preferred`, or a chain might never end; else the first. */
function nearestOf(node: Node, others: readonly Node[], preferred?: Node): Node | undefined {
  let nearest = preferred;
  let least = preferred ? meanDistance(node.centre, preferred.centre) : Number.POSITIVE_INFINITY;
  for (const other of others) {
    if (other === node) continue;
    const distance = meanDistance(node.centre, other.centre);
    if (distance < least) {
      nearest = other;
      least = distance;
    }
  }
  return nearest;
}

function remove(nodes: Node[], node: Node): void {
  nodes.splice(nodes.indexOf(node), 1);
}
