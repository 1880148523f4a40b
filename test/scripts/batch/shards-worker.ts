/** Shards for a test: what was asked, and a failure where the task wants one. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../../../scripts/batch/pool.ts';
import type { Shard } from '../../../scripts/batch/shards.ts';

export interface EchoTask {
  readonly items: readonly number[];
  readonly option: string;
  /** File that a failure waits for. */
  readonly after: string;
}

serve<EchoTask, Shard>(async ({ items, option, after }) => {
  if (items.includes(-1)) {
    while (!existsSync(after)) await sleep(10);
    throw new Error('cut off');
  }
  return { bytes: Uint8Array.of(items.length & 255), notes: { first: items[0], option } };
});
