import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgePack } from '../../../scripts/evaluate/pack-pairs.ts';
import { Mistake } from '../../../scripts/mistake.ts';

let folder: string;

/**
 * Four people, two pictures each; a person's pictures point one way, those of all others another.
 */
const FILES = [
  'a/1.jpg',
  'a/2.jpg',
  'b/1.jpg',
  'b/2.jpg',
  'c/1.jpg',
  'c/2.jpg',
  'd/1.jpg',
  'd/2.jpg',
];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-'));
  writeFileSync(join(folder, 'pack.json'), JSON.stringify({ height: 1, width: 1, count: 8 }));
  writeFileSync(
    join(folder, 'crops.jsonl'),
    FILES.map((file) => `${JSON.stringify({ file })}\n`).join(''),
  );
  const rows = FILES.flatMap((_, i) => [0, 1, 2, 3].map((k) => (k === Math.floor(i / 2) ? 1 : 0)));
  writeFileSync(join(folder, 'teacher-made.f32'), new Uint8Array(new Float32Array(rows).buffer));
});

afterEach(() => rmSync(folder, { recursive: true }));

const SAME = ['a', 'b', 'c', 'd'].map((p) => `${p}/1.jpg ${p}/2.jpg 1`);
const OTHERS = ['a b', 'b c', 'c d', 'd a'].map((two) =>
  two.replace(/(.) (.)/, '$1/1.jpg $2/1.jpg 0'),
);

describe('judgePack', () => {
  it('judges pairs by the rows of their files', () => {
    const report = judgePack(folder, 'made', 4, [...SAME, ...OTHERS].join('\n'));
    expect(report.accuracy?.mean).toBe(1);
    expect(report.auc).toBe(1);
    expect([report.genuinePairs, report.impostorPairs]).toEqual([4, 4]);
  });

  it('finds them in a folder, too, as an archive has them', () => {
    const notes = FILES.map((file) => `${JSON.stringify({ file: `lfw/all/${file}` })}\n`);
    writeFileSync(join(folder, 'crops.jsonl'), notes.join(''));
    const report = judgePack(folder, 'made', 4, [...SAME, ...OTHERS].join('\n'));
    expect([report.accuracy?.mean, report.genuinePairs]).toEqual([1, 4]);
  });

  it('counts a pair without a crop as wrong', () => {
    const list = [...SAME.slice(1), 'a/1.jpg lost/1.jpg 1', ...OTHERS].join('\n');
    const report = judgePack(folder, 'made', 4, list);
    expect(report.accuracy?.mean).toBe(7 / 8);
  });

  it('refuses a list of which there is no share to take: of one person alone, or of two', () => {
    for (const [list, kind] of [
      [SAME, 'two people'],
      [OTHERS, 'one person'],
    ] as const) {
      const judging = () => judgePack(folder, 'made', 4, list.join('\n'));
      expect(judging).toThrow(Mistake);
      expect(judging).toThrow(`the list has no pair of ${kind}`);
    }
  });

  it('refuses embeddings of other crops, and a list of other pictures', () => {
    expect(() => judgePack(folder, 'made', 5, SAME.join('\n'))).toThrow(/8 rows of 5/);
    expect(() => judgePack(folder, 'made', 4, 'x/1.jpg x/2.jpg 1\nx/1.jpg y/1.jpg 0')).toThrow(
      /none/,
    );
  });
});
