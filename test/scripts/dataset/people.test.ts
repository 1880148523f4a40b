import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picturesOfPeople, requirePairs } from '../../../scripts/dataset/people.ts';
import { openModel } from '../../../scripts/engine/model-folder.ts';
import { measureGrouping } from '../../../scripts/identification/grouping-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-people-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  for (const file of ['ann/1.jpg', 'ann/2.jpg', '7/1.png', '7/notes.txt', 'loose.jpg']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
});

describe('pictures of people', () => {
  it('are those whose folder, or path, names one', () => {
    const people = (person?: RegExp) =>
      picturesOfPeople(folder, { person }).map(({ file, person }) => [file, person]);
    expect(people()).toEqual([
      ['7/1.png', '7'],
      ['ann/1.jpg', 'ann'],
      ['ann/2.jpg', 'ann'],
    ]);
    expect(people(/^(loose)/)).toEqual([['loose.jpg', 'loose']]);
  });

  it('are told where there are none, or too few for pairs', () => {
    expect(() => picturesOfPeople(folder, { only: ['bob'] })).toThrow(
      `no pictures of people who are wanted in ${folder}. Whom a picture shows`,
    );
    const all = picturesOfPeople(folder);
    expect(() => requirePairs(all, folder)).not.toThrow();
    for (const few of [all.slice(1), all.slice(0, 2)]) {
      expect(() => requirePairs(few, folder)).toThrow('too few for pairs (people: ');
    }
  });

  it('are not measured, nor is a measurement written over, where nobody is wanted', async () => {
    const input = { pictures: folder, only: ['bob'], data: 'mine', command: '' };
    const measured = measureGrouping(openModel('inception-small-2'), input);
    await expect(measured).rejects.toThrow('no pictures of people who are wanted');
  });
});
