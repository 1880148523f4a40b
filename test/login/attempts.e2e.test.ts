/** Attempts in the workerd that `npm start` runs, across two of its processes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Server, startWrangler } from '../../scripts/deploy/local-server.ts';

let folder: string;
let server: Server;

const start = () => startWrangler('test/support/attempts-worker.ts', '--persist-to', folder);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attempts-'));
  server = await start();
}, 120_000);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const expires = Math.ceil(Date.now() / 1000) + 600;

const ask = async (path: string, method = 'POST') => {
  const response = await fetch(new URL(path, server.url), { method });
  expect(response.status).toBe(200);
  return response.json();
};
const claim = (subject: string, id: string) => ask(`/claim/${subject}/${id}?expires=${expires}`);
const status = (subject: string) => ask(`/status/${subject}`, 'GET');

const kinds = (claims: unknown[]) => {
  const counts: Record<string, number> = {};
  for (const { kind } of claims as { kind: string }[]) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

it('gives one of fifty requests the challenge, and lets five challenges of fifty in', async () => {
  const same = await Promise.all(Array.from({ length: 50 }, () => claim('ann', 'c-1')));
  expect(kinds(same)).toEqual({ claimed: 1, used: 49 });
  const different = await Promise.all(Array.from({ length: 50 }, (_, i) => claim('bob', `c-${i}`)));
  expect(kinds(different)).toEqual({ claimed: 5, delayed: 45 });
});

it('has no name of a subject in its files, though an alarm stands for each', async () => {
  const subject = 'f81d4fae-annabella';
  await claim(subject, 'c-1');
  const stored = join(folder, 'v3/do/visavis-Attempts'); // wrangler's own traces have the URL
  const texts = readdirSync(stored).map((name) => readFileSync(join(stored, name), 'latin1'));
  expect(texts.filter((text) => text.includes('_cf_ALARM'))).not.toEqual([]);
  expect(texts.filter((text) => text.includes(subject))).toEqual([]);
});

it('remembers all of it when the process ends, with an attempt under way', async () => {
  const [ann, bob] = [await status('ann'), await status('bob')];
  expect(ann).toMatchObject({ failures: 1 });
  expect(bob).toMatchObject({ failures: 5, locked: false });

  await server.stop();
  server = await start();
  expect(await status('ann')).toEqual(ann);
  expect(await status('bob')).toMatchObject({ failures: 5 });
  expect(await claim('ann', 'c-1')).toEqual({ kind: 'used' });
  expect(await ask('/succeed/ann/c-1')).toBe(true);
  expect(await status('ann')).toMatchObject({ failures: 0 });
  expect(await ask('/succeed/ann/c-1')).toBe(false);
}, 120_000);
