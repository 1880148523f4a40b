import { expect, it } from 'vitest';
import { Uploads } from '../../worker/http/uploads.ts';

const STRANGERS = 400;
const ROUNDS = 3;

/** Least CPU time, in milliseconds, of many strangers who come, find no room and leave. */
async function cost(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bounds = { waitMs: 20, stallMs: 500, patienceMs: 2_000, leaseMs: 60_000 };
    const uploads = new Uploads({ ...bounds, capacity: 16, shares: [32], retryAfterSeconds: 2 });
    for (let i = 0; i < 16; i++) await uploads.open([`first ${i}`], 1).hold(1);
    const start = process.threadCpuUsage();
    const all = Array.from({ length: STRANGERS }, async (_, i) => {
      const upload = uploads.open([`stranger ${i}`], 1);
      await upload.hold(1).catch(() => upload.free());
    });
    await Promise.all(all);
    const { user, system } = process.threadCpuUsage(start);
    times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

it('who finds no room costs less than half a millisecond', async () => {
  expect((await cost()) / STRANGERS).toBeLessThan(0.5);
});
