import { spawn } from 'node:child_process';
import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The script's output; a build prints the sizes of the page. */
async function run(): Promise<string> {
  const child = spawn(process.execPath, ['scripts/deploy/build-if-stale.mjs'], { cwd: ROOT });
  const [output, status] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  expect(status).toBe(0);
  return output;
}

it('builds once for all who ask at the same time, and not again while nothing changes', async () => {
  rmSync(`${ROOT}/dist/web.stamp`, { force: true });
  const outputs = await Promise.all(Array.from({ length: 6 }, run));
  expect(outputs.filter((output) => output !== '')).toHaveLength(1);
  expect(await run()).toBe('');
}, 180_000);

it('takes the lock of a build that was killed, its number given to another process since', async () => {
  const now = new Date();
  utimesSync(`${ROOT}/examples/portrait.jpg`, now, now); // the page's sample is new
  writeFileSync(`${ROOT}/dist/web.lock`, String(process.pid));
  utimesSync(`${ROOT}/dist/web.lock`, 1, 1);
  expect(await run()).not.toBe('');
  expect(existsSync(`${ROOT}/dist/web.lock`)).toBe(false);
}, 180_000);
