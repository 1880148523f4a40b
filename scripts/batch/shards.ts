/** Long work on many items: in shards, on all cores, resumed where it was cut off. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf } from './journal.ts';
import { Pool } from './pool.ts';
import { Progress } from './progress.ts';

const SHARD = 256;

export interface Shard {
  /** Bytes that the shard's items became, one after another. */
  readonly bytes: Uint8Array;
  /** Whatever else there is to say of them, as JSON. */
  readonly notes: unknown;
}

/**
 * Hands `items` to `script` (a module that calls `serve`) in shards of 256, then the finished
 * shards in order to `take`. Finished shards lie in `folder` until all are; those of other tasks, as a
 * run with other options or pictures that was cut off leaves them, are done anew.
 *
 * @param task in JSON all that a shard depends on
 */
export async function inShards<Item, Task>(
  script: URL,
  folder: string,
  items: readonly Item[],
  unit: string,
  task: (items: readonly Item[]) => Task,
  take: (shard: Shard) => void,
): Promise<void> {
  const starts = Array.from({ length: Math.ceil(items.length / SHARD) }, (_, i) => i * SHARD);
  const taskAt = (start: number) => task(items.slice(start, start + SHARD));
  openFolder(folder, keyOf(...starts.map((start) => JSON.stringify(taskAt(start)))));
  const path = (start: number, end: string) =>
    join(folder, `${String(start).padStart(8, '0')}.${end}`);
  const missing = starts.filter((start) => !existsSync(path(start, 'json')));
  const sizeOf = (start: number) => Math.min(SHARD, items.length - start);
  const sum = (list: readonly number[]) => list.reduce((a, start) => a + sizeOf(start), 0);

  const progress = new Progress(items.length, unit, sum(starts) - sum(missing));
  const pool = new Pool<Task, Shard>(script);
  try {
    await pool.map(missing, taskAt, (start, { bytes, notes }) => {
      writeFileSync(path(start, 'bin'), bytes);
      // The mark of a finished shard comes last and at once.
      writeFileSync(path(start, 'part'), JSON.stringify(notes));
      renameSync(path(start, 'part'), path(start, 'json'));
      progress.add(sizeOf(start));
    });
  } finally {
    await pool.close();
  }
  progress.end();
  for (const start of starts) {
    const notes = JSON.parse(readFileSync(path(start, 'json'), 'utf8')) as unknown;
    take({ bytes: readFileSync(path(start, 'bin')), notes });
  }
  rmSync(folder, { recursive: true });
}

/** @param key of all tasks whose shards may lie there */
function openFolder(folder: string, key: string): void {
  const file = join(folder, 'key');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (before !== undefined && before !== key) {
    console.error('the run before was of other pictures or options: all is done anew');
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, key);
}
