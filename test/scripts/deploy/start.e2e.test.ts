/** Options of `npm start`, told before wrangler prints its help for one that it does not know. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const start = (...args: string[]) =>
  spawnSync(process.execPath, ['--env-file=start.env', 'scripts/deploy/start.mjs', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });

it.each([[['--prot', '8931']], [['--port=8931', '--prot=1']]])('%s', (args) => {
  const { status, stdout, stderr } = start(...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^npm start has no option --prot\. .*--port 9000.*\n$/);
});

it.each([[['--port', 'http']], [['--port=99999']], [['--port']]])('no port: %s', (args) => {
  const { status, stdout, stderr } = start(...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^No port: .*\. It is a number up to 65535, .*\n$/);
});

it('takes those of wrangler in all their spellings, and its experiments', () => {
  const { status, stderr } = start(
    '--logLevel',
    'warn',
    '--bundle',
    '--x-new-config=false',
    '--help',
  );
  expect([status, stderr]).toEqual([0, '']);
});

it('takes those of wrangler', () => {
  const options = ['--port', '-1', '--ip', '127.0.0.1', '--no-live-reload', '--log-level=warn'];
  const { status, stdout, stderr } = start(
    ...options,
    '--var',
    'MODEL:inception-small-2',
    '--help',
  );
  expect(stderr).toBe('');
  expect(stdout).toContain('wrangler dev [script]');
  expect(status).toBe(0);
});
