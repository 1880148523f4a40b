import { describe, expect, it } from 'vitest';
import { Names } from '../../worker/gallery/names.ts';
import { random } from '../support/random.ts';

/** Names come in the first half, and go in the second. */
const STEPS = 8000;

const CHARACTERS = 'abcXYZ019._~@:+-';

/** A name of 1 to 128 characters, mostly short. */
function randomName(next: (below: number) => number): string {
  const length = 1 + (next(8) === 0 ? next(128) : next(4));
  return Array.from({ length }, () => CHARACTERS[next(CHARACTERS.length)]).join('');
}

describe('names', () => {
  it('are what a map and a sorted list would be, after whatever came and went', () => {
    const next = random(11);
    const names = new Names();
    const expected = new Map<string, number>();
    for (let step = 0; step < STEPS; step++) {
      const isGrowing = step < STEPS / 2;
      const name = randomName(next);
      if (!expected.has(name) && next(isGrowing ? 10 : 3) > 0) expected.set(name, names.add(name));
      const [oldest] = expected;
      if (oldest && next(isGrowing ? 4 : 2) === 0) {
        names.remove(oldest[1]);
        expected.delete(oldest[0]);
      }
      if (step % 400 !== 0) continue;
      const all = [...expected];
      expect(names.size).toBe(all.length);
      expect(new Set(expected.values()).size).toBe(all.length);
      expect(all.map(([name]) => [name, names.find(name)])).toEqual(all);
      expect(all.map(([, slot]) => [names.at(slot), slot])).toEqual(all);
      const cursor = randomName(next);
      if (!expected.has(cursor)) expect(names.find(cursor)).toBeUndefined();
      const later = [...expected.keys()].filter((name) => name > cursor).sort();
      const page = { names: later.slice(0, 20), more: later.length > 20 };
      expect(names.after(cursor, 20)).toEqual(page);
    }
  });

  it('take slots again that are free', () => {
    const names = new Names();
    const slots = ['a', 'b', 'c'].map((name) => names.add(name));
    names.remove(slots[1] as number);
    expect(names.add('d')).toBe(slots[1]);
    expect(['a', 'b', 'c', 'd'].map((name) => names.find(name))).toEqual([0, undefined, 2, 1]);
  });

  it('are ASCII of up to 255 characters: what is none is not there, and is not taken', () => {
    const names = new Names();
    names.add('e');
    for (const name of ['é', 'x'.repeat(256)]) {
      expect(names.find(name)).toBeUndefined();
      expect(() => names.add(name)).toThrow('too long');
    }
    names.add('x'.repeat(255));
    expect(names.find('x'.repeat(255))).toBe(1);
    expect(names.find('')).toBeUndefined();
  });
});
