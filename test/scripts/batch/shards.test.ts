import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { inShards } from '../../../scripts/batch/shards.ts';
import type { EchoTask } from './shards-worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-shards-'));
beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true); // its progress
  vi.spyOn(console, 'error').mockReturnValue();
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A run, of which `asked` tells the shards that were not there yet. */
async function run(items: readonly number[], option: string, asked: number[] = []) {
  const notes: unknown[] = [];
  await inShards<number, EchoTask>(
    new URL('./shards-worker.ts', import.meta.url),
    join(folder, 'shards'),
    items,
    'items',
    (shard) => {
      asked.push(shard[0] as number);
      return { items: shard, option, after: FIRST };
    },
    (shard) => notes.push(shard.notes),
  );
  return notes;
}

/** Mark of the first shard, once it is finished. */
const FIRST = join(folder, 'shards/00000000.json');
const ITEMS = Array.from({ length: 300 }, (_, i) => i);
/** The same to the last shard, at which the run is cut off. */
const CUT_OFF = [...ITEMS.slice(0, 299), -1];

beforeEach(() => {
  mkdirSync(join(folder, 'shards'), { recursive: true }); // as `mkdtemp` makes it
  vi.mocked(console.error).mockClear();
});

it('takes nothing from a run before that was of other options or items', async () => {
  await expect(run(CUT_OFF, 'old')).rejects.toThrow('cut off');
  expect(existsSync(FIRST)).toBe(true);
  expect(console.error).not.toHaveBeenCalled(); // an empty folder has no run before
  expect(await run(ITEMS, 'new')).toEqual([
    { first: 0, option: 'new' },
    { first: 256, option: 'new' },
  ]);
  expect(console.error).toHaveBeenCalledOnce();
  expect(existsSync(join(folder, 'shards'))).toBe(false);
});

it('goes on where the same run was cut off', async () => {
  await expect(run(CUT_OFF, 'same')).rejects.toThrow('cut off');
  const asked: number[] = [];
  await expect(run(CUT_OFF, 'same', asked)).rejects.toThrow('cut off');
  expect(asked.filter((first) => first === 0)).toHaveLength(1); // for the key, and never of a worker
  expect(asked.filter((first) => first === 256)).toHaveLength(2);
});
