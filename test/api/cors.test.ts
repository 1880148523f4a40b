/** Pages of other origins: who may read which answer. */
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { Tenant } from '../../worker/auth/tenant.ts';
import { findTenant } from '../../worker/auth/tenants.ts';
import { Refusal } from '../../worker/errors.ts';
import type { Api, Env } from '../../worker/http/context.ts';
import {
  answerFailure,
  cors,
  requestContext,
  requireKey,
  requireOrigin,
} from '../../worker/http/middleware.ts';
import { call, DEPLOYED, problemOf } from '../support/api.ts';
import { API_KEYS, BANK, bearer, SHOP } from '../support/tenants.ts';

/** A route like the one that browsers answer challenges at; `tenant` is the challenge's. */
function app(env: Env, tenant = 'shop', fail?: () => never) {
  const app = new Hono<Api>();
  app.use(requestContext);
  app.use('/answer', cors('POST'));
  app.post('/answer', (c) => {
    if (tenant === 'unread') throw new Refusal({ code: 'challenge_invalid' });
    requireOrigin(c, findTenant(c.env, tenant) as Tenant);
    fail?.();
    return c.json({ ok: true });
  });
  app.use('*', requireKey);
  app.onError(answerFailure);
  return (method: string, headers: Record<string, string>) =>
    app.fetch(new Request('https://visavis.test/answer', { method, headers }), env);
}

describe('cors', () => {
  const env: Env = { ...DEPLOYED, API_KEYS };
  const preflight = (origin: string) => ({
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  });
  const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

  it('answers the preflight of any registered page, before the key check', async () => {
    for (const origin of [SHOP, BANK]) {
      const response = await app(env)('OPTIONS', preflight(origin));
      expect(response.status).toBe(204);
      expect(allowed(response)).toBe(origin);
      expect(response.headers.get('access-control-allow-methods')).toBe('POST');
      expect(response.headers.get('access-control-allow-headers')).toBe('content-type');
      expect(response.headers.get('access-control-max-age')).toBe('600');
      expect(response.headers.get('vary')).toBe('Origin');
    }
  });

  it.each([
    'https://evil.example',
    `${SHOP}.evil.example`,
    'https://shop.exampl',
    'http://shop.example',
    `${SHOP}:8443`,
    `${SHOP}/`,
    'https://SHOP.example',
    'null',
    '*',
    '',
  ])('has nothing to say to the page %j', async (origin) => {
    for (const [method, headers] of [
      ['OPTIONS', preflight(origin)],
      ['POST', { origin }],
    ] as const) {
      const response = await app(env)(method, headers);
      expect(response.status, method).not.toBe(200);
      for (const name of response.headers.keys()) expect(name).not.toMatch(/^access-control/);
      expect(response.headers.get('vary')).toBe('Origin');
    }
  });

  it("lets a page of the challenge's own tenant answer, and read what comes of it", async () => {
    const response = await app(env)('POST', { origin: SHOP });
    expect(response.status).toBe(200);
    expect(allowed(response)).toBe(SHOP);
    expect(response.headers.get('access-control-expose-headers')).toBe('retry-after, x-request-id');
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it('refuses the page of another tenant, and lets it read nothing', async () => {
    const response = await app(env)('POST', { origin: BANK });
    expect(response.status).toBe(403);
    expect((await problemOf(response)).code).toBe('forbidden');
    expect(allowed(response)).toBeNull();
  });

  it('lets pages read errors, too', async () => {
    const failures: [() => never, number][] = [
      [
        () => {
          throw new Refusal({ code: 'login_failed' });
        },
        403,
      ],
      [
        () => {
          throw 'a string';
        },
        500,
      ],
    ];
    for (const [fail, status] of failures) {
      const response = await app(env, 'shop', fail)('POST', { origin: SHOP });
      expect(response.status).toBe(status);
      expect(allowed(response)).toBe(SHOP);
    }
    // Before it is known whose challenge it is, every registered page may read what is wrong.
    const unread = await app(env, 'unread')('POST', { origin: BANK });
    expect((await problemOf(unread)).code).toBe('challenge_invalid');
    expect(allowed(unread)).toBe(BANK);
  });

  it('never lets credentials along', async () => {
    for (const method of ['OPTIONS', 'POST']) {
      const response = await app(env)(method, preflight(SHOP));
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(allowed(response)).toBe(SHOP);
    }
  });

  it('asks no page of what is none', async () => {
    const response = await app(env)('POST', {});
    expect(response.status).toBe(200);
    expect(allowed(response)).toBeNull();
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it("knows the deployment's own page where the demo is on", async () => {
    const own = { origin: 'https://visavis.test' };
    expect((await app(env)('POST', own)).status).toBe(403);
    expect((await app({ ...env, DEMO: 'off' })('POST', own)).status).toBe(403);
    expect((await app({ ...env, DEMO: 'on' })('POST', own)).status).toBe(200);
    expect((await app({ ...env, ENVIRONMENT: 'development' })('POST', own)).status).toBe(200);
    const other = { origin: 'https://other.test' };
    expect((await app({ ...env, DEMO: 'on' })('POST', other)).status).toBe(403);
  });

  it('is nowhere but where browsers have business', async () => {
    for (const path of ['/v1/verify', '/v1/model', '/v1/templates', '/v1/challenges', '/healthz']) {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const headers = { ...preflight(SHOP), ...bearer('k-bank') };
        expect(allowed(await call(path, { method, headers }, { env })), path).toBeNull();
      }
    }
  });

  it('is at the response of a challenge', async () => {
    const path = '/v1/challenges/c-1/response';
    const asked = await call(path, { method: 'OPTIONS', headers: preflight(SHOP) }, { env });
    expect(asked.status).toBe(204);
    expect(allowed(asked)).toBe(SHOP);
    const refused = await call(path, { method: 'POST', headers: { origin: SHOP } }, { env });
    expect(refused.ok).toBe(false);
    expect(allowed(refused)).toBe(SHOP);
  });
});
