import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Journal, keyOf } from '../../../scripts/batch/journal.ts';

interface Verdict {
  key: string;
  lets: string;
  by?: string;
}

describe('Journal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are there for the next run', () => {
    const path = join(folder, 'journal.jsonl');
    new Journal<Verdict>(path).add({ key: 'a', lets: 'any pose', by: 'liveness' });
    const again = new Journal<Verdict>(path);
    again.add({ key: 'b', lets: 'another person' });
    const last = new Journal<Verdict>(path);
    expect(['a', 'b', 'c'].map((key) => last.find(key))).toEqual([
      { key: 'a', lets: 'any pose', by: 'liveness' },
      { key: 'b', lets: 'another person' },
      undefined,
    ]);
  });

  it('goes on after a line that was cut off', () => {
    const path = join(folder, 'cut.jsonl');
    writeFileSync(path, '{"key":"a","lets":"any pose"}\n{"key":"b","le');
    new Journal<Verdict>(path).add({ key: 'c', lets: 'another person' });
    const last = new Journal<Verdict>(path);
    expect(['a', 'b', 'c'].map((key) => last.find(key)?.lets)).toEqual([
      'any pose',
      undefined,
      'another person',
    ]);
  });

  it('are of one source and its tests', () => {
    const keys = [keyOf('source', 'test'), keyOf('sourc', 'etest'), keyOf('source', 'other')];
    expect(new Set(keys).size).toBe(3);
    expect(keyOf('source', 'test')).toBe(keys[0]);
  });
});
