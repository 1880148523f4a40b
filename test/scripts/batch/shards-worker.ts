/** Shards for a test: what was asked, and a failure where the task wants one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../../../scripts/batch/pool.ts';
import type { Shard } from '../../../scripts/batch/shards.ts';

export interface EchoTask {
  readonly items: readonly number[];
  readonly option: string;
}

serve<EchoTask, Shard>(async ({ items, option }) => {
  if (items.includes(-1)) {
    await sleep(1_000); // the other shards are finished by then
    throw new Error('cut off');
  }
  return { bytes: Uint8Array.of(items.length & 255), notes: { first: items[0], option } };
});
