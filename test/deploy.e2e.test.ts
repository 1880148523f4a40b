/** A deployment, as wrangler.toml has it: what `npm start` lets in stays out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertionKey, templateKey } from '../scripts/deploy/key-commands.ts';
import { type Server, startWrangler } from '../scripts/deploy/local-server.ts';
import { create, newKey } from '../scripts/deploy/tenant-file.ts';
import {
  DEVELOPMENT_ASSERTION_KEYS,
  DEVELOPMENT_KEY,
  DEVELOPMENT_TENANT,
} from '../worker/auth/development.ts';
import type { Problem } from '../worker/errors.ts';
import { publicKeys } from '../worker/login/assertion.ts';
import { keyRing, seal } from '../worker/login/sealed-token.ts';

const DEVELOPMENT = { ENVIRONMENT: 'development' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Token that the documented key would have sealed, here as for any tenant. */
const sealed = async (kind: 'template' | 'challenge', tenant: string) =>
  seal(kind, { v: 1, tenant, subject: 'u-1' }, await keyRing(DEVELOPMENT));

function form(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

const picture = () => new Blob(['picture']);

/** The `action`s of a response are three of one name. */
async function answer(tenant: string): Promise<FormData> {
  const body = form({ challenge: await sealed('challenge', tenant), frontal: picture() });
  for (let i = 0; i < 3; i++) body.append('action', picture());
  return body;
}

async function codeOf(server: Server, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(new URL(path, server.url), init);
  return response.ok ? 'ok' : ((await response.json()) as Problem).code;
}

describe('a deployment without secrets', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startWrangler();
  });
  afterAll(() => server?.stop());

  it.each([
    ['GET', '/v1/model'],
    ['POST', '/v1/verify'],
    ['POST', '/v1/templates'],
    ['POST', '/v1/challenges'],
    ['GET', '/v1/subjects/u-1/attempts'],
    ['DELETE', '/v1/subjects/u-1/attempts'],
    ['GET', '/v1/nowhere'],
  ])('does not know the documented key: %s %s', async (method, path) => {
    const headers = bearer(DEVELOPMENT_KEY);
    expect(await codeOf(server, path, { method, headers })).toBe('not_configured');
  });

  it('is closed as well to who brings no key', async () => {
    for (const [method, path] of [
      ['POST', '/v1/verify'],
      ['GET', '/v1/model'],
    ] as const) {
      for (const headers of [{}, bearer(DEVELOPMENT_KEY)]) {
        const response = await fetch(new URL(path, server.url), { method, headers });
        expect(response.status).toBe(503);
        expect(((await response.json()) as Problem).code).toBe('not_configured');
      }
    }
  });

  it('says that it is there', async () => {
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(200);
  });

  it('opens no challenge that the documented key sealed', async () => {
    const init = { method: 'POST', body: await answer(DEVELOPMENT_TENANT.id) };
    expect(await codeOf(server, '/v1/challenges/c-1/response', init)).toBe('not_configured');
  });

  it('publishes no key, least of all the documented one', async () => {
    expect(await codeOf(server, '/.well-known/jwks.json')).toBe('not_configured');
  });

  it('knows no page of development', async () => {
    for (const origin of ['http://localhost:8787', 'http://127.0.0.1:3000']) {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const url = new URL('/v1/challenges/c-1/response', server.url);
      const response = await fetch(url, { method: 'OPTIONS', headers });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('has no demo page', async () => {
    const response = await fetch(new URL('/', server.url), { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('/docs');
    expect(await codeOf(server, '/assets/app.js')).toBe('not_found');
  });
});

describe('a deployment with secrets', () => {
  const key = newKey();
  const own = { key, scopes: ['verify', 'enrol', 'login'], audiences: [], origins: [] };
  const secrets = {
    API_KEYS: JSON.stringify(create([], { tenant: 'acme', name: 'web-1', ...own })),
    TEMPLATE_KEYS: templateKey().output as string,
    ASSERTION_KEYS: `[${assertionKey().output}]`,
  };

  let server: Server;
  beforeAll(async () => {
    const vars = Object.entries(secrets).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
    server = await startWrangler('test/support/fake-worker.ts', ...vars);
  });
  afterAll(() => server?.stop());

  /** A verification of somebody's template. */
  const verify = (key: string, reference: string) => {
    const body = form({ reference, subject: 'u-1', probe: picture() });
    return codeOf(server, '/v1/verify', { method: 'POST', headers: bearer(key), body });
  };

  it('knows its own key, and not the documented one', async () => {
    expect(await codeOf(server, '/v1/model', { headers: bearer(key) })).toBe('ok');
    const documented = { headers: bearer(DEVELOPMENT_KEY) };
    expect(await codeOf(server, '/v1/model', documented)).toBe('unauthorized');
  });

  it('opens nothing that the documented key sealed', async () => {
    expect(await verify(key, await sealed('template', 'acme'))).toBe('template_invalid');
    for (const tenant of ['acme', DEVELOPMENT_TENANT.id]) {
      const init = { method: 'POST', body: await answer(tenant) };
      expect(await codeOf(server, '/v1/challenges/c-1/response', init)).toBe('challenge_invalid');
    }
  });

  it('publishes its own key, and not the documented one', async () => {
    const response = await fetch(new URL('/.well-known/jwks.json', server.url));
    expect(await response.json()).toEqual({ keys: await publicKeys(secrets) });
    const [documented] = await publicKeys({ ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS });
    expect(await publicKeys(secrets)).not.toContainEqual(documented);
  });
});
