import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../../scripts/mutate/mutants.ts';
import { findPlace, findTests, listTests, readSources } from '../../../scripts/mutate/places.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCES = readSources(ROOT);
const TESTS = listTests(ROOT);

describe('MUTANTS', () => {
  it.each(MUTANTS)('stands in one place, and has its tests: $lets', (mutant) => {
    const { file, mutated } = findPlace(SOURCES, mutant);
    expect(mutated).not.toBe(SOURCES.get(file));
    expect(findTests(TESTS, mutant.tests)).toHaveLength(mutant.tests.length);
  });

  it('are told apart by what they let in', () => {
    const all = MUTANTS.map(({ lets }) => lets);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('findPlace', () => {
  const files = (text: string) => new Map([['a.ts', text]]);
  const check = { check: 'if ($1 !== use.$2) throw', instead: 'if (false && $1) throw' };

  it('finds a check in whatever lines and under whatever local names', () => {
    const place = findPlace(files('if (\n  owner !==\n    use.owner\n) throw x;'), check);
    expect(place).toEqual({ file: 'a.ts', mutated: 'if (false && owner) throw x;' });
  });

  it('wants the same name where the number is the same', () => {
    const same = { check: '$1 < $1', instead: 'true' };
    expect(findPlace(files('a < b; c < c;'), same).mutated).toBe('a < b; true;');
  });

  it('does not find a part of a word', () => {
    expect(() => findPlace(files('xrate <= far'), { check: 'rate <= fa', instead: '' })).toThrow();
  });

  it('refuses a check that stands nowhere, or twice', () => {
    expect(() => findPlace(files('fine'), check)).toThrow(/nowhere/);
    const twice = 'if (a !== use.a) throw x; if (b !== use.b) throw y;';
    expect(() => findPlace(files(twice), check)).toThrow(/a\.ts, a\.ts/);
  });

  it('tells places of the same code apart by what the file exports', () => {
    const two = new Map([
      ['a.ts', 'export function one() {}\nstop();'],
      ['b.ts', 'export async function other() {}\nstop();'],
    ]);
    expect(findPlace(two, { check: 'stop();', instead: '', of: 'other' }).file).toBe('b.ts');
  });
});
