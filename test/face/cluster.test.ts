import { describe, expect, it } from 'vitest';
import { centreOf, cluster, meanDistance } from '../../worker/face/cluster.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import type { Embedding } from '../../worker/face/embed.ts';
import { unitVector, unitVectors, vectorNear } from '../support/vectors.ts';

/** UPGMA by its definition: all distances of all pairs, nearest groups first. */
function naive(embeddings: readonly Embedding[], threshold: number): number[][] {
  const groups = embeddings.map((_, i) => [i]);
  const mean = (a: readonly number[], b: readonly number[]) => {
    let sum = 0;
    for (const i of a) {
      for (const j of b)
        sum += squaredDistance(embeddings[i] as Embedding, embeddings[j] as Embedding);
    }
    return sum / (a.length * b.length);
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

describe('clustering', () => {
  it('puts together who is alike, and leaves the others alone', () => {
    const [anna, bob, carl] = unitVectors(3, 1) as [Embedding, Embedding, Embedding];
    const faces = [
      vectorNear(anna, 0.3, 2),
      bob,
      vectorNear(anna, 0.3, 3),
      carl,
      vectorNear(bob, 0.3, 4),
    ];
    expect(cluster(faces, 1)).toEqual([[0, 2], [1, 4], [3]]);
    expect(cluster(faces, 0)).toEqual([[0], [1], [2], [3], [4]]);
    expect(cluster(faces, 4)).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('gives what average linkage gives by its definition', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const people = unitVectors(6, seed);
      const faces = Array.from({ length: 24 }, (_, i) =>
        vectorNear(people[i % 6] as Embedding, 0.4 + (seed % 5) * 0.15, seed * 100 + i),
      );
      for (const threshold of [0.3, 0.7, 1, 1.3]) {
        expect(cluster(faces, threshold), `seed ${seed}`).toEqual(naive(faces, threshold));
      }
    }
  });

  it('takes the same picture many times, and none at all', () => {
    const face = unitVector(7);
    expect(cluster(Array<Embedding>(9).fill(face), 0.1)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(cluster([], 1)).toEqual([]);
    expect(cluster([face], 1)).toEqual([[0]]);
  });

  it('is within the bounds of a pair exactly at the threshold', () => {
    const [a, b] = unitVectors(2, 9) as [Embedding, Embedding];
    const distance = meanDistance(centreOf([a]), centreOf([b]));
    expect(distance).toBeCloseTo(squaredDistance(a, b), 5);
    expect(cluster([a, b], distance)).toEqual([[0, 1]]);
    expect(cluster([a, b], distance - 1e-9)).toEqual([[0], [1]]);
  });
});

it('has for the mean distance of two groups the mean of all their pairs', () => {
  const [a, b] = [unitVectors(3, 11), unitVectors(4, 12)];
  const all = a.flatMap((x) => b.map((y) => squaredDistance(x, y)));
  const mean = all.reduce((sum, distance) => sum + distance, 0) / all.length;
  expect(meanDistance(centreOf(a), centreOf(b))).toBeCloseTo(mean, 5);
});
