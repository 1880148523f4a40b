import { describe, expect, it } from 'vitest';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { dequantize, quantize } from '../../worker/face/embedding/template.ts';
import { Vectors } from '../../worker/gallery/search.ts';
import { unitVector, unitVectors, vectorNear } from '../support/vectors.ts';

/** The search by its definition. */
function naive(codes: readonly Int8Array[], probe: Embedding, most: number, of = (_: number) => 0) {
  return codes
    .map((code, row) => ({ row, distance: squaredDistance(dequantize(code), probe) }))
    .sort((a, b) => a.distance - of(a.row) - (b.distance - of(b.row)) || a.row - b.row)
    .slice(0, most);
}

function filled(codes: readonly Int8Array[]): Vectors {
  const vectors = new Vectors();
  for (const code of codes) vectors.add(code);
  return vectors;
}

describe('a search', () => {
  it('finds what a naive loop finds, with the same distances to the bit', () => {
    const codes = unitVectors(1000, 1).map(quantize);
    const vectors = filled(codes);
    for (let seed = 1; seed <= 3; seed++) {
      const near = dequantize(codes[seed * 7] as Int8Array);
      for (const probe of [unitVector(seed + 99_000), vectorNear(near, 0.7, seed)]) {
        const expected = naive(codes, probe, 200);
        for (const most of [1, 10, 200]) {
          expect(vectors.nearest(probe, most)).toEqual(expected.slice(0, most));
        }
      }
    }
  });

  it('finds those nearest to their own thresholds, where rows have some', () => {
    const codes = unitVectors(2000, 2).map(quantize);
    const vectors = filled(codes);
    const of = (row: number) => [1.2, 1.15, 0.6][row % 3] as number;
    for (let seed = 1; seed <= 5; seed++) {
      const probe = unitVector(seed + 88_000);
      for (const most of [1, 10, 200]) {
        const hits = vectors.nearest(probe, most, { of, largest: 1.2 });
        expect(hits).toEqual(naive(codes, probe, most, of));
      }
    }
  });

  it('keeps ties in the order of their rows, even at the end of the list', () => {
    const codes = [...unitVectors(5, 3), ...Array<Embedding>(9).fill(unitVector(4))].map(quantize);
    const hits = filled(codes).nearest(unitVector(4), 4);
    expect(hits.map(({ row }) => row)).toEqual([5, 6, 7, 8]);
  });

  it('gives all there are where more are asked for, and none of none', () => {
    const codes = unitVectors(3, 5).map(quantize);
    expect(filled(codes).nearest(unitVector(6), 10)).toHaveLength(3);
    expect(new Vectors().nearest(unitVector(6), 10)).toEqual([]);
  });
});

describe('rows', () => {
  it('come and go as in a list where the last takes the place of what is removed', () => {
    const codes = unitVectors(300, 8).map(quantize);
    const vectors = filled(codes);
    const list = [...codes];
    for (let i = 0; i < 250; i++) {
      const row = (i * 37) % list.length;
      vectors.remove(row);
      const last = list.pop() as Int8Array;
      if (row < list.length) list[row] = last;
      if (i % 5 === 0) {
        const again = quantize(unitVector(70_000 + i));
        vectors.add(again);
        list.push(again);
      }
    }
    expect(vectors.count).toBe(list.length);
    expect(list.map((_, row) => vectors.at(row))).toEqual(list);
    const probe = unitVector(9);
    expect(vectors.nearest(probe, 20)).toEqual(naive(list, probe, 20));
  });

  it('that are removed leave nothing', () => {
    const vectors = filled(unitVectors(2, 10).map(quantize));
    vectors.remove(0);
    vectors.remove(0);
    expect(vectors.count).toBe(0);
    expect(vectors.at(0).every((code) => code === 0)).toBe(true);
    expect(vectors.at(1).every((code) => code === 0)).toBe(true);
  });

  it('are templates and nothing else', () => {
    expect(() => new Vectors().add(new Int8Array(128))).toThrow('no template');
    expect(() => new Vectors().add(new Int8Array(64).fill(1))).toThrow('no template');
  });
});
