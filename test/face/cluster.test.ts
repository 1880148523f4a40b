import { describe, expect, it } from 'vitest';
import { type ClusterFace, centreOf, cluster, meanDistance } from '../../worker/face/cluster.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import type { Weakness } from '../../worker/face/quality/quality-floor.ts';
import { unitVector, unitVectors, vectorNear } from '../support/vectors.ts';

const plain = (embeddings: readonly Embedding[]): ClusterFace[] =>
  embeddings.map((embedding) => ({ embedding }));

/** UPGMA by its definition: all distances of all pairs that share no weakness, nearest groups first. */
function naive(faces: readonly ClusterFace[], threshold: number): number[][] {
  const groups = faces.map((_, i) => [i]);
  const mean = (a: readonly number[], b: readonly number[]) => {
    let [sum, pairs] = [0, 0];
    for (const i of a) {
      for (const j of b) {
        const [x, y] = [faces[i], faces[j]] as [ClusterFace, ClusterFace];
        if (x.picture !== undefined && x.picture === y.picture) return Number.POSITIVE_INFINITY;
        if (x.weaknesses?.some((weakness) => y.weaknesses?.includes(weakness))) continue;
        sum += squaredDistance(x.embedding, y.embedding);
        pairs++;
      }
    }
    return pairs === 0 ? Number.POSITIVE_INFINITY : sum / pairs;
  };
  for (;;) {
    let least = { distance: Number.POSITIVE_INFINITY, i: 0, j: 0 };
    for (let i = 0; i < groups.length; i++) {
      for (let j = i + 1; j < groups.length; j++) {
        const distance = mean(groups[i] as number[], groups[j] as number[]);
        if (distance < least.distance) least = { distance, i, j };
      }
    }
    if (!(least.distance <= threshold)) break;
    const [gone] = groups.splice(least.j, 1) as [number[]];
    groups[least.i]?.push(...gone);
  }
  return groups
    .map((group) => group.sort((a, b) => a - b))
    .sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** Most faces have none, as in pictures. */
const WEAKNESSES: readonly Weakness[][] = [
  ...[[], [], []],
  ['eyes_covered'],
  [],
  ['blurred'],
  ['blurred', 'eyes_covered'],
  [],
];

describe('clustering', () => {
  it('puts together who is alike, and leaves the others alone', () => {
    const [anna, bob, carl] = unitVectors(3, 1) as [Embedding, Embedding, Embedding];
    const faces = plain([
      vectorNear(anna, 0.3, 2),
      bob,
      vectorNear(anna, 0.3, 3),
      carl,
      vectorNear(bob, 0.3, 4),
    ]);
    expect(cluster(faces, 1)).toEqual([[0, 2], [1, 4], [3]]);
    expect(cluster(faces, 0)).toEqual([[0], [1], [2], [3], [4]]);
    expect(cluster(faces, 4)).toEqual([[0, 1, 2, 3, 4]]);
  });

  it.each([undefined, 3])(
    'gives what average linkage gives by its definition; %s faces a picture',
    (many) => {
      for (let seed = 1; seed <= 10; seed++) {
        const people = unitVectors(6, seed);
        const faces = Array.from({ length: 24 }, (_, i) => ({
          embedding: vectorNear(
            people[i % 6] as Embedding,
            0.4 + (seed % 5) * 0.15,
            seed * 100 + i,
          ),
          weaknesses: WEAKNESSES[(i * seed) % WEAKNESSES.length],
          picture: many && Math.floor(((i * 5) % 24) / many),
        }));
        for (const threshold of [0.3, 0.7, 1, 1.3]) {
          expect(cluster(faces, threshold), `seed ${seed}`).toEqual(naive(faces, threshold));
        }
      }
    },
  );

  it('takes the same picture many times, and none at all', () => {
    const face = unitVector(7);
    expect(cluster(plain(Array<Embedding>(9).fill(face)), 0.1)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    expect(cluster([], 1)).toEqual([]);
    expect(cluster(plain([face]), 1)).toEqual([[0]]);
  });

  it('is within the bounds of a pair exactly at the threshold', () => {
    const [a, b] = unitVectors(2, 9) as [Embedding, Embedding];
    const distance = meanDistance(centreOf(plain([a])), centreOf(plain([b])));
    expect(distance).toBeCloseTo(squaredDistance(a, b), 5);
    expect(cluster(plain([a, b]), distance)).toEqual([[0, 1]]);
    expect(cluster(plain([a, b]), distance - 1e-9)).toEqual([[0], [1]]);
  });
});

it('has for the mean distance of two groups the mean of all their pairs', () => {
  const [a, b] = [unitVectors(3, 11), unitVectors(4, 12)];
  const all = a.flatMap((x) => b.map((y) => squaredDistance(x, y)));
  const mean = all.reduce((sum, distance) => sum + distance, 0) / all.length;
  expect(meanDistance(centreOf(plain(a)), centreOf(plain(b)))).toBeCloseTo(mean, 5);
});

it('keeps two faces of one picture apart, and who belongs to either', () => {
  const anna = unitVector(5);
  const like = (seed: number, picture?: number) => ({
    embedding: vectorNear(anna, 0.2, seed),
    picture,
  });
  expect(cluster([like(1, 0), like(2, 0)], 1)).toEqual([[0], [1]]);
  expect(cluster([like(1), like(2)], 1)).toEqual([[0, 1]]);
  const groups = cluster([like(1, 0), like(2, 0), like(3, 1), like(4, 2)], 1);
  expect(groups).toHaveLength(2);
});

it('does not hold faces that share a weakness against each other', () => {
  const [anna, other] = [unitVector(5), unitVector(6)] as [Embedding, Embedding];
  const sunglasses = ['eyes_covered'] as const;
  const covered = (seed: number) => ({
    embedding: vectorNear(anna, 0.2, seed),
    weaknesses: sunglasses,
  });
  const bare = { embedding: vectorNear(anna, 0.2, 3) };
  expect(cluster([covered(1), covered(2)], 1)).toEqual([[0], [1]]);
  expect(cluster([covered(1), covered(2), bare], 1)).toEqual([[0, 1, 2]]);
  expect(cluster([covered(1), { embedding: other, weaknesses: ['blurred'] }], 1)).toHaveLength(2);
});
