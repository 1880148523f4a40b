/** People and pictures that training wants, told before anything is made of them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { holdOut, requireCrops } from '../../../scripts/train/hold-out.ts';

const BATCHES = { recipe: 'distill', batch: 128 };

/** A folder of people, each with so many pictures and a file that is none. */
function photos(people: number, pictures: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'visavis-'));
  for (let i = 0; i < people; i++) {
    const person = join(folder, `person ${i}`);
    mkdirSync(person);
    for (let k = 0; k < pictures; k++) writeFileSync(join(person, `${k}.jpg`), '');
    writeFileSync(join(person, 'notes.txt'), '');
  }
  return folder;
}

it('wants 40 people', () => {
  const data = photos(39, 10);
  expect(() => holdOut(data, join(data, 'work'), BATCHES)).toThrow(/39 people's folders.* need 40/);
});

it('wants a batch of pictures of those who are left to train on, and says how many a person', () => {
  const data = photos(42, 5);
  const work = join(data, '.work');
  expect(() => holdOut(data, work, BATCHES)).toThrow(
    '18 of 42 people are kept to measure on, the other 24 have 120 pictures, and one batch of distill takes 128. ' +
      'Add people, or pictures until each person has 6 or more.',
  );
  expect(existsSync(work)).toBe(false);
});

it('keeps a tenth, at least 10, and a fifth from training', () => {
  const data = photos(42, 6);
  const lists = holdOut(data, mkdtempSync(join(tmpdir(), 'visavis-')), BATCHES);
  const names = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
  expect(names(lists.choose)).toHaveLength(10);
  expect(names(lists.calibrate)).toHaveLength(8);
  expect(names(lists.heldOut)).toEqual([...names(lists.choose), ...names(lists.calibrate)]);
});

it('counts the crops that were made of them', () => {
  const pack = mkdtempSync(join(tmpdir(), 'visavis-'));
  writeFileSync(join(pack, 'pack.json'), JSON.stringify({ count: 104 }));
  expect(() => requireCrops(pack, BATCHES)).toThrow(/found in 104 pictures .* takes 128/);
  expect(() => requireCrops(pack, { ...BATCHES, batch: 104 })).not.toThrow();
});
