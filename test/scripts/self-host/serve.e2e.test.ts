import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle, readManifest } from '../../../scripts/self-host/bundle.ts';
import { DEVELOPMENT_ASSERTION_KEYS } from '../../../worker/auth/development.ts';

const WORKERD = createRequire(import.meta.url)('workerd').default as string;
const AUTHORIZED = { authorization: 'Bearer self-hosted' };
const RATE = readManifest([]).rateLimits.find(({ name }) => name === 'RATE_RESPONSE')
  ?.limit as number;
const START_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'self-host-'));
const bundle = join(folder, 'bundle');
const secrets = {
  API_KEYS: JSON.stringify([
    {
      id: 'acme',
      keys: [
        {
          name: 'web-1',
          sha256: createHash('sha256').update('self-hosted').digest('hex'),
          scopes: ['verify', 'galleries'],
        },
      ],
      audiences: [],
      origins: [],
    },
  ]),
  TEMPLATE_KEYS: Buffer.alloc(32, 7).toString('base64url'),
  ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS,
};

let server: ChildProcess;
let url: string;
let log = '';

/** Starts what the container starts, with nothing else in its environment. */
async function start(): Promise<void> {
  const { TEMPLATE_KEYS, ...others } = secrets;
  const file = join(folder, 'template.key');
  writeFileSync(file, `${TEMPLATE_KEYS}\n`);
  server = spawn(process.execPath, [join(bundle, 'main.mjs')], {
    cwd: folder,
    env: {
      ...others,
      TEMPLATE_KEYS_FILE: file,
      WORKERD,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA: 'data',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  log = '';
  url = await new Promise<string>((ready, failed) => {
    const read = (chunk: Buffer) => {
      log += chunk;
      const found = /Ready on (http:\/\/\S+)/.exec(log)?.[1];
      if (found !== undefined) ready(found);
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', (code) => failed(new Error(`it ended with ${code}:\n${log}`)));
  });
}

async function stop(): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  return (await ended)[0];
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, url), { headers: AUTHORIZED, ...init });

async function form(...names: string[]): Promise<FormData> {
  const data = new FormData();
  for (const name of names) data.append(name, await openAsBlob('examples/portrait.jpg'), 'p.jpg');
  return data;
}

describe('a server of one’s own', () => {
  beforeAll(async () => {
    await makeBundle(bundle);
    await start();
  }, START_MS);
  afterAll(async () => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('compares two pictures, and logs a line of JSON', async () => {
    const body = await form('reference', 'probe');
    const response = await ask('/v1/verify', { method: 'POST', body });
    expect(await response.json()).toMatchObject({ same: true, distance: 0 });
    expect(log).toMatch(/^\{"event":"request".*"route":"\/v1\/verify","tenant":"acme"/m);
  });

  it('serves its documentation, and no other file', async () => {
    const page = await ask('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const etag = page.headers.get('etag') as string;
    const again = await ask('/docs', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await ask('/docs.html')).status).toBe(404);
    expect((await ask('/')).url).toBe(`${url}/docs`); // the demo page is off
  });

  it('does not know the documented key', async () => {
    const headers = { authorization: 'Bearer visavis-dev' };
    expect((await ask('/v1/model', { headers })).status).toBe(401);
  });

  it('counts by the address of the connection, whatever a client says', async () => {
    const statuses = [];
    for (let i = 0; i <= 2 * RATE && statuses.at(-1) !== 429; i++) {
      const headers = { 'cf-connecting-ip': `198.51.100.${i}` };
      const response = await ask('/v1/challenges/x/response', { method: 'POST', headers });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    expect(statuses.length).toBeGreaterThan(RATE);
    expect(statuses.at(-1)).toBe(429);
  });

  it(
    'ends a request in flight, stops, and finds its gallery again',
    async () => {
      const subject = '/v1/galleries/staff/subjects/ann';
      const body = await form('image');
      expect((await ask(subject, { method: 'PUT', body })).ok).toBe(true);
      const inFlight = ask('/v1/verify', {
        method: 'POST',
        body: await form('reference', 'probe'),
      });
      await new Promise((resolve) => setTimeout(resolve, 300)); // it has arrived, and works
      expect(await stop()).toBe(0);
      expect((await inFlight).status).toBe(200);
      await start();
      const found = await ask(subject);
      expect(await found.json()).toMatchObject({ subject: 'ann', outdated: false });
      expect(await stop()).toBe(0);
    },
    START_MS,
  );

  it('does not start without its secrets, and says which', () => {
    const env = { API_KEYS: secrets.API_KEYS, WORKERD };
    const { status, stderr } = spawnSync(process.execPath, [join(bundle, 'main.mjs')], {
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Not set: TEMPLATE_KEYS, ASSERTION_KEYS\. /);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
