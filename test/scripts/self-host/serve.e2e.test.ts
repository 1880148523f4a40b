import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeBundle, readManifest } from '../../../scripts/self-host/bundle.ts';
import {
  type RunningBundle,
  startBundle,
  WORKERD,
} from '../../../scripts/self-host/start-bundle.ts';
import { DEVELOPMENT_ASSERTION_KEYS } from '../../../worker/auth/development.ts';
import { sendRaw } from '../../support/node/raw-request.ts';

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
          scopes: ['verify', 'identify', 'galleries'],
        },
      ],
      audiences: [],
      origins: [],
    },
  ]),
  TEMPLATE_KEYS: Buffer.alloc(32, 7).toString('base64url'),
  ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS,
};

let server: RunningBundle;

/**
 * Starts what the container starts, with nothing else in its environment.
 *
 * @param data working directory: its storage is in it
 */
async function start(data = folder): Promise<void> {
  const { TEMPLATE_KEYS, ...others } = secrets;
  const file = join(folder, 'template.key');
  writeFileSync(file, `${TEMPLATE_KEYS}\n`);
  server = await startBundle(bundle, data, { ...others, TEMPLATE_KEYS_FILE: file }, true);
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, server.url), { headers: AUTHORIZED, ...init });

async function form(...names: string[]): Promise<FormData> {
  const data = new FormData();
  for (const name of names) data.append(name, await openAsBlob('examples/portrait.jpg'), 'p.jpg');
  return data;
}

beforeAll(async () => {
  await makeBundle(relative(process.cwd(), bundle)); // as `serve` names its own
}, START_MS);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a server of one’s own', () => {
  beforeAll(() => start(), START_MS);

  it('compares two pictures, and logs a line of JSON', async () => {
    const body = await form('reference', 'probe');
    const response = await ask('/v1/verify', { method: 'POST', body });
    expect(await response.json()).toMatchObject({ same: true, distance: 0 });
    expect(server.log()).toMatch(/^\{"event":"request".*"route":"\/v1\/verify","tenant":"acme"/m);
  });

  it('serves its documentation, and no other file', async () => {
    const page = await ask('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const etag = page.headers.get('etag') as string;
    const again = await ask('/docs', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await ask('/docs.html')).status).toBe(404);
    expect((await ask('/')).url).toBe(new URL('/docs', server.url).href); // the demo page is off
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

  it('begins no work of a client that has hung up', { timeout: 60_000 }, async () => {
    const body = await form('reference', 'probe');
    const init = { method: 'POST', headers: AUTHORIZED, body };
    const send = () => sendRaw(new Request(new URL('/v1/verify', server.url), init));
    const hangUp = async () => {
      const before = server.log().length;
      const logged = (text: string) => server.log().slice(before).includes(text);
      const sockets = await Promise.all(Array.from({ length: 12 }, send));
      await vi.waitFor(() => expect(logged('"status":200')).toBe(true), 20_000); // the others wait
      for (const socket of sockets) socket.resetAndDestroy();
      await vi.waitFor(() => expect(logged('"code":"overloaded"')).toBe(true), 2_000);
    };
    // The log may be read after all twelve are done, on a busy machine: then once more.
    await vi.waitFor(hangUp, { timeout: 50_000, interval: 0 });
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('tells whoever sends too slowly so', { timeout: 30_000 }, async () => {
    const socket = connect(Number(server.url.port), server.url.hostname);
    socket.write(
      'POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer self-hosted\r\n' +
        'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n',
    );
    socket.write(new Uint8Array(20_000));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
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
      expect(await server.stop()).toBe(0);
      expect((await inFlight).status).toBe(200);
      await start();
      const found = await ask(subject);
      expect(await found.json()).toMatchObject({ subject: 'ann', outdated: false });
      const { status, stderr } = runMain({
        ...secrets,
        HOST: '127.0.0.1',
        DATA: 'data',
        PORT: '0',
      });
      expect([status, stderr]).toEqual([
        1,
        expect.stringContaining('Another server uses the storage'),
      ]);
      process.kill(server.pid, 'SIGHUP'); // as a terminal does that closes: workerd ends as well
      expect(await server.ended).toBe(0);
      await expect(ask('/healthz')).rejects.toThrow();
    },
    START_MS,
  );

  it('makes no bundle of a folder with anything else in it', async () => {
    await expect(makeBundle(folder)).rejects.toThrow('no bundle');
    expect(existsSync(join(folder, 'template.key'))).toBe(true);
  });

  const runMain = (env: Record<string, string>) =>
    spawnSync(process.execPath, [join(bundle, 'main.mjs')], {
      env: { WORKERD, ...env },
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });

  /** A start that fails: what it says, without a stack. */
  function refused(env: Record<string, string>): string {
    const { status, stderr } = runMain(env);
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  }

  it('does not start without its secrets, and says which', () => {
    const told = refused({ API_KEYS: secrets.API_KEYS });
    expect(told).toMatch(/^Not set: TEMPLATE_KEYS, ASSERTION_KEYS\. /);
  });

  it('does not start with a secret that cannot be read', () => {
    const { API_KEYS: _, ...others } = secrets;
    const file = join(bundle, 'manifest.json');
    expect(refused({ ...others, API_KEYS_FILE: file })).toBe(
      `API_KEYS (${file}) cannot be read: not a list of tenants.\n`,
    );
  });

  it('says of a port that is taken how to name another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const told = refused({ ...secrets, HOST: '127.0.0.1', PORT: String(port), DATA: '' });
    taken.close();
    expect(refused({ ...secrets, PORT: 'http' })).toMatch(/^No port: http\. /);
    expect(refused({ ...secrets, HOST: '', PORT: '', WORKERD: '/nowhere' })).toMatch(
      /^workerd cannot be started \(\/nowhere: ENOENT\): name its executable with WORKERD /,
    );
    expect(told).toBe(
      `127.0.0.1:${port} is taken: name another with --port, or with PORT in a container.\n`,
    );
  });
});

describe('a gallery after its server was killed', () => {
  const data = join(folder, 'killed');
  beforeAll(async () => {
    mkdirSync(data);
    await start(data);
  }, START_MS);

  /** A crash: nobody is asked to finish anything. */
  async function crash(): Promise<void> {
    process.kill(-server.pid, 'SIGKILL'); // workerd as well
    await server.ended;
    await start(data);
  }
  const put = async (subject: string) => {
    const init = { method: 'PUT', body: await form('image') };
    return ask(`/v1/galleries/staff/subjects/${subject}`, init);
  };
  const remove = (path: string) => ask(`/v1/galleries/${path}`, { method: 'DELETE' });
  const subjects = async () => {
    const page = await (await ask('/v1/galleries/staff/subjects')).json();
    return (page as { subjects: { subject: string }[] }).subjects.map(({ subject }) => subject);
  };

  it(
    'has who was put, and not who was deleted, the moment the answer is there',
    async () => {
      for (const subject of ['anna', 'bob', 'carl']) expect((await put(subject)).status).toBe(200);
      expect((await remove('staff/subjects/bob')).status).toBe(204);
      await crash();
      expect(await subjects()).toEqual(['anna', 'carl']);
      const probe = await form('probe');
      probe.set('gallery', 'staff');
      probe.set('top', '3');
      expect(
        await (await ask('/v1/identify', { method: 'POST', body: probe })).json(),
      ).toMatchObject({
        faces: [{ subject: expect.stringMatching(/^(anna|carl)$/) }],
        subjects: 2,
      });
      expect((await put('dora')).status).toBe(200);
      expect((await remove('staff/subjects/anna')).status).toBe(204);
      await crash();
      expect(await subjects()).toEqual(['carl', 'dora']);
      expect((await remove('staff')).status).toBe(204);
      await crash();
      expect((await ask('/v1/galleries/staff')).status).toBe(404);
    },
    START_MS,
  );
});
