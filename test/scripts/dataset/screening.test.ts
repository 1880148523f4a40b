import { describe, expect, it } from 'vitest';
import { drop, screen } from '../../../scripts/dataset/screening.ts';
import { people } from '../../support/node/synthetic.ts';

const clean = people(40, 5, 0.4);
const vectors = clean.embeddings as Float32Array[];

function teachings(persons: readonly string[], second = vectors) {
  return screen(
    persons,
    [
      { name: 'one', embeddings: vectors },
      { name: 'two', embeddings: second },
    ],
    0.9,
  );
}

describe('screen', () => {
  it('finds nothing where there is nothing', () => {
    const screening = teachings(clean.persons);
    expect(screening.twins).toEqual([]);
    expect(screening.strays).toEqual([]);
    expect(drop(screening)).toEqual([]);
  });

  it('finds one person under two names', () => {
    // The pictures of person 0 shared out to two names.
    const persons = clean.persons.with(0, 'someone').with(1, 'someone');
    const screening = teachings(persons);
    expect(screening.twins.map(({ identities }) => identities)).toEqual([['person0', 'someone']]);
    expect(drop(screening).map(({ identity }) => identity)).toContain('someone');
  });

  it("finds a picture filed under another's name", () => {
    const screening = teachings(clean.persons.with(7, 'person5'));
    expect(screening.twins).toEqual([]);
    expect(screening.strays).toMatchObject([
      { crop: 7, filedUnder: 'person5', looksLike: 'person1' },
    ]);
    expect(drop(screening)).toMatchObject([{ identity: 'person5' }]);
  });

  it('believes nothing that only one teacher says', () => {
    const persons = clean.persons.with(0, 'someone').with(1, 'someone').with(7, 'person5');
    // To the second teacher those pictures are of people of their own.
    const stranger = people(60, 5, 0.4, 99).embeddings as Float32Array[];
    const second = vectors.map((v, i) => ([0, 1, 7].includes(i) ? (stranger[5 * i + 5] ?? v) : v));
    const screening = teachings(persons, second);
    expect(screening.strays).toEqual([]);
    expect(screening.twins).toEqual([]);
  });
});
