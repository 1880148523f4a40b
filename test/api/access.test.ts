import { env as bindings } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { RATES } from '../../worker/auth/rate-limits.ts';
import { SCOPES, type Scope } from '../../worker/auth/tenants.ts';
import type { Env } from '../../worker/http/context.ts';
import { call, DEPLOYED, ENV, file, formOf, KEY, problemOf } from '../support/api.ts';
import { API_KEYS, bearer } from '../support/tenants.ts';

/** Limits that refuse the keys of which there is a `spent` one, and note what was counted. */
function limiter(spent: string[] = []) {
  const counted: string[] = [];
  return {
    counted,
    async limit({ key = '' }: RateLimitOptions) {
      counted.push(key);
      return { success: !spent.includes(key) };
    },
  };
}
const pair = () => formOf({ reference: file('a'), probe: file('b') });

describe('scopes', () => {
  const env: Env = { ...DEPLOYED, API_KEYS, RATE_VERIFY: limiter() };
  const verify = (key: string) =>
    call('/v1/verify', { method: 'POST', headers: bearer(key), body: pair() }, { env });

  it('open what they name', async () => {
    expect((await verify('k-verify')).status).toBe(200);
  });

  it.each(SCOPES.filter((scope) => scope !== 'verify'))(
    'do not open what they do not: %s',
    async (scope) => {
      const response = await verify(`k-${scope}`);
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden' });
    },
  );

  it.each([
    ['POST', '/v1/verify', 'verify'],
    ['POST', '/v1/templates', 'enrol'],
    ['POST', '/v1/challenges', 'login'],
    ['GET', '/v1/subjects/u-1/attempts', 'login'],
    ['DELETE', '/v1/subjects/u-1/attempts', 'reset'],
  ] as [string, string, Scope][])('are what %s %s asks for', async (method, path, needed) => {
    for (const scope of SCOPES) {
      const response = await call(path, { method, headers: bearer(`k-${scope}`) }, { env });
      const code = response.ok ? 'ok' : (await problemOf(response)).code;
      if (scope === needed) expect(code).not.toBe('forbidden');
      else expect(code).toBe('forbidden');
    }
  });

  it('are not asked for by what any key may read', async () => {
    for (const scope of SCOPES) {
      const response = await call('/v1/model', { headers: bearer(`k-${scope}`) }, { env });
      expect(response.status).toBe(200);
    }
  });
});

describe('rates', () => {
  const verify = (key: string, env: Env) =>
    call('/v1/verify', { method: 'POST', headers: bearer(key), body: pair() }, { env });

  it('are counted by tenant, whichever key it uses', async () => {
    const RATE_VERIFY = limiter(['shop']);
    const env = { ...DEPLOYED, API_KEYS, RATE_VERIFY };
    for (const key of ['k-verify', 'k-again']) {
      const refused = await verify(key, env);
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('60');
      expect((await problemOf(refused)).code).toBe('rate_limited');
    }
    expect((await verify('k-bank', env)).status).toBe(200);
    expect(RATE_VERIFY.counted).toEqual(['shop', 'shop', 'bank']);
  });

  it('are counted after the key and its scope: nobody spends the rate of another', async () => {
    const RATE_VERIFY = limiter();
    const env = { ...DEPLOYED, API_KEYS, RATE_VERIFY };
    expect((await verify('k-nobody', env)).status).toBe(401);
    expect((await verify('k-login', env)).status).toBe(403);
    expect(RATE_VERIFY.counted).toEqual([]);
  });

  it('do not hold the development key', async () => {
    const RATE_VERIFY = limiter(['development']);
    const env = { ...ENV, RATE_VERIFY };
    expect((await verify('visavis-dev', env)).status).toBe(200);
    expect(RATE_VERIFY.counted).toEqual([]);
  });

  it('are closed without their binding', async () => {
    const response = await verify('k-verify', { ...DEPLOYED, API_KEYS });
    expect(response.status).toBe(503);
    expect((await problemOf(response)).code).toBe('not_configured');
  });

  it('hold an ordinary key to the number in wrangler.toml', async () => {
    const { RATE_VERIFY } = bindings;
    const env = { ...ENV, API_KEYS, RATE_VERIFY };
    // A request without a body: there is nothing to do for the request, but counted it is.
    const bare = (headers: Record<string, string>) =>
      call('/v1/verify', { method: 'POST', headers }, { env });
    let passed = 0;
    let response = await bare(bearer('k-verify'));
    // Twice over: a new minute may begin on the way.
    while (response.status === 400 && passed <= 2 * RATES.RATE_VERIFY) {
      passed++;
      response = await bare(bearer('k-verify'));
    }
    expect(passed).toBeGreaterThanOrEqual(RATES.RATE_VERIFY);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('60');
    expect((await bare(KEY)).status).toBe(400); // the documented key comes through all the same
  });
});
