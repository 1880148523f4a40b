import { describe, expect, it } from 'vitest';
import { groupAll, rankOne, scoreGroups } from '../../../scripts/identification/grouping.ts';
import { unitVectors, vectorNear } from '../../support/vectors.ts';

describe('scores of groups', () => {
  const persons = ['a', 'a', 'a', 'b', 'b', 'c'];

  it('are 1 where every group is a person', () => {
    const scores = scoreGroups([[0, 1, 2], [3, 4], [5]], persons);
    expect(scores).toEqual({
      groups: 3,
      alone: 1,
      precision: 1,
      recall: 1,
      f: 1,
      pairPrecision: 1,
      pairRecall: 1,
    });
  });

  it('are those of the definition, by hand', () => {
    // a a | a b b | c: precision (1 + 1 + 1/3 + 2/3 + 2/3 + 1) / 6, recall (2/3 + 2/3 + 1/3 + 1 + 1 + 1) / 6
    const scores = scoreGroups([[0, 1], [2, 3, 4], [5]], persons);
    expect(scores.precision).toBeCloseTo((3 + 5 / 3) / 6, 12);
    expect(scores.recall).toBeCloseTo((3 + 5 / 3) / 6, 12);
    expect(scores.f).toBeCloseTo(scores.precision, 12);
    expect(scores.pairPrecision).toBeCloseTo(2 / 4, 12);
    expect(scores.pairRecall).toBeCloseTo(2 / 4, 12);
  });

  it('have full precision and little recall where everybody is alone', () => {
    const scores = scoreGroups(
      persons.map((_, i) => [i]),
      persons,
    );
    expect([scores.precision, scores.pairPrecision, scores.pairRecall]).toEqual([1, 1, 0]);
    expect(scores.recall).toBeCloseTo((3 * (1 / 3) + 2 * (1 / 2) + 1) / 6, 12);
  });
});

describe('grouping of a labelled set', () => {
  const people = unitVectors(5, 3);
  const persons = people.flatMap((_, k) => Array<string>(4).fill(`p${k}`));
  const embeddings = people.flatMap((centre, k) =>
    [0, 1, 2, 3].map((i) => vectorNear(centre, 0.4, 10 * k + i)),
  );

  it('leaves a refused picture alone, and counts it as a miss', () => {
    const set = { embeddings: embeddings.map((e, i) => (i === 6 ? undefined : e)), persons };
    const groups = groupAll(set, 1);
    expect(groups).toContainEqual([6]);
    expect(groups.flat().sort((a, b) => a - b)).toEqual(persons.map((_, i) => i));
    expect(scoreGroups(groups, persons)).toMatchObject({ groups: 6, alone: 1, precision: 1 });
    expect(rankOne(set)).toBe(19 / 20);
    expect(rankOne({ embeddings, persons })).toBe(1);
  });
});
