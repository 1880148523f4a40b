import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { personOf, readList, split } from '../../../scripts/dataset/identities.ts';

const people = Array.from({ length: 1000 }, (_, i) => String(i + 1));

describe('readList', () => {
  it('takes a name a line, whose spaces belong to it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'visavis-')), 'people.txt');
    writeFileSync(file, 'Anna Smith\r\n\n 191\nBob  Lee');
    expect(readList(file)).toEqual(['Anna Smith', '191', 'Bob  Lee']);
    expect(readList(undefined)).toBeUndefined();
  });
});

describe('split', () => {
  it('orders people by the SHA-256 of `visavis:` and their name', () => {
    const { choose, calibrate } = split(people, []);
    const order = [...people].sort((a, b) => {
      const key = (name: string) => createHash('sha256').update(`visavis:${name}`).digest('hex');
      return key(a) < key(b) ? -1 : 1;
    });
    expect(choose).toEqual(order.slice(0, 200));
    expect(calibrate).toEqual(order.slice(200, 800));
  });

  it('is what it was when the shipped model was trained', () => {
    // CelebA's identities that come first in the lists it was made with.
    const some = ['1054', '191', '4007', '6022', '8329', '9902'];
    const { choose, calibrate } = split(some, [], { choose: 3, calibrate: 3 });
    expect(choose).toEqual(['4007', '6022', '8329']);
    expect(calibrate).toEqual(['191', '9902', '1054']);
  });

  it('leaves out dropped people and hangs neither on order nor on repetition', () => {
    const plain = split(people, ['191']);
    expect(plain.choose).not.toContain('191');
    expect(split([...people, ...people].reverse(), ['191'])).toEqual(plain);
  });

  it('moves nobody else when one is dropped', () => {
    const all = split(people, []);
    const without = split(people, [all.choose[0] as string]);
    expect(without.choose.slice(0, -1)).toEqual(all.choose.slice(1));
  });

  it('refuses to split too few', () => {
    expect(() => split(people.slice(0, 799), [])).toThrow('too few');
  });
});

describe('personOf', () => {
  it('takes the folder, or what a pattern says', () => {
    expect(personOf('a/Ann/1.jpg')).toBe('Ann');
    expect(personOf('1.jpg')).toBeUndefined();
    expect(personOf('12_034.jpg', /^(\d+)_/)).toBe('12');
    expect(personOf('x.jpg', /^(\d+)_/)).toBeUndefined();
  });
});
