/**
 * Clustering: which faces belong together, without knowing whose they are.
 *
 * Agglomerative, with average linkage (UPGMA, Sokal and Michener 1958) on squared L2 distances. Of
 * unit vectors the mean distance of two groups is 2 - 2 (mean of one) . (mean of the other), so
 * groups are kept as sums of vectors, and no matrix of distances is needed: n vectors take n x 128
 * numbers. Merges are found by chains of nearest neighbours (Murtagh 1983) in O(n^2) time.
 */
import { DIMENSION, type Embedding } from './embed.ts';

/** A group: indices of embeddings, ascending; the groups in the order of their first member. */
export type Group = readonly number[];

/** Vectors summed, and how many. */
export interface Centre {
  readonly sum: Float64Array;
  count: number;
}

interface Node extends Centre {
  readonly members: number[];
}

/**
 * Groups embeddings: two groups become one while their mean squared distance is at most
 * `threshold`. Who is like nobody stays a group of one.
 *
 * @param embeddings unit vectors
 * @param threshold squared L2 distance, 0 to 4
 */
export function cluster(embeddings: readonly Embedding[], threshold: number): Group[] {
  const active: Node[] = embeddings.map((embedding, i) => ({
    ...centreOf([embedding]),
    members: [i],
  }));
  const done: Node[] = [];
  const chain: Node[] = [];
  while (active.length > 0) {
    if (chain.length === 0) chain.push(active[0] as Node);
    const tip = chain.at(-1) as Node;
    const before = chain.at(-2);
    const nearest = nearestOf(tip, active, before);
    if (nearest === undefined || meanDistance(tip, nearest) > threshold) {
      // Average linkage is reducible: merging others brings nobody nearer. So this one is done.
      chain.pop();
      remove(active, tip);
      done.push(tip);
    } else if (nearest === before) {
      chain.length -= 2;
      remove(active, tip);
      remove(active, nearest);
      active.push(merged(tip, nearest));
    } else chain.push(nearest);
  }
  const groups = done.map(({ members }) => members.sort((a, b) => a - b));
  return groups.sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** The centre of a group of unit vectors. */
export function centreOf(embeddings: readonly Embedding[]): Centre {
  const sum = new Float64Array(DIMENSION);
  for (const embedding of embeddings) {
    for (let i = 0; i < DIMENSION; i++) sum[i] = (sum[i] as number) + (embedding[i] as number);
  }
  return { sum, count: embeddings.length };
}

/** Mean squared L2 distance of all pairs between two groups of unit vectors. */
export function meanDistance(a: Centre, b: Centre): number {
  const { sum: x } = a;
  const { sum: y } = b;
  let [p, q, r, s] = [0, 0, 0, 0]; // four sums, since each would have to wait for itself
  for (let i = 0; i < DIMENSION; i += 4) {
    p += (x[i] as number) * (y[i] as number);
    q += (x[i + 1] as number) * (y[i + 1] as number);
    r += (x[i + 2] as number) * (y[i + 2] as number);
    s += (x[i + 3] as number) * (y[i + 3] as number);
  }
  return 2 - (2 * (p + q + r + s)) / (a.count * b.count);
}

/** The nearest: of those equally near `preferred`, or a chain might never end; else the first. */
function nearestOf(node: Node, others: readonly Node[], preferred?: Node): Node | undefined {
  let nearest = preferred;
  let least = preferred ? meanDistance(node, preferred) : Number.POSITIVE_INFINITY;
  for (const other of others) {
    if (other === node) continue;
    const distance = meanDistance(node, other);
    if (distance < least) {
      nearest = other;
      least = distance;
    }
  }
  return nearest;
}

function merged(a: Node, b: Node): Node {
  const sum = a.sum.map((value, i) => value + (b.sum[i] as number));
  return { sum, count: a.count + b.count, members: [...a.members, ...b.members] };
}

function remove(nodes: Node[], node: Node): void {
  nodes.splice(nodes.indexOf(node), 1);
}
