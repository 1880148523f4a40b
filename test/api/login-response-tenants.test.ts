/** Responses of two tenants, and the rates that they are counted by. */
import { describe, expect, it } from 'vitest';
import type { LoginAnswer } from '../../worker/api/login-response.docs.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { call } from '../support/api.ts';
import {
  type Asked,
  begin,
  codeOf,
  deployment,
  newSubject,
  OTHER,
  OTHER_AUDIENCE,
  respond,
  watched,
} from '../support/login.ts';

const env = await deployment();
const asked: Asked = { env };

const failuresOf = async (subject: string, tenant = 'acme') =>
  (await attemptsOf(env.ATTEMPTS, tenant, subject).status()).failures;

describe('tenants do not meet', () => {
  it('in attempts: one of the same name fails for its own tenant alone', async () => {
    const subject = newSubject();
    const { models } = watched({ respond: async () => ({ ok: false, step: 'match' }) });
    const theirs = { env, key: OTHER };
    const given = await begin(theirs, { subject, audience: OTHER_AUDIENCE });
    await respond(given, { env, models });
    expect([await failuresOf(subject), await failuresOf(subject, 'other')]).toEqual([0, 1]);
  });

  it('in assertions: each names its tenant and an audience of this tenant', async () => {
    const given = await begin({ env, key: OTHER }, { audience: OTHER_AUDIENCE });
    const { assertion } = await (await respond(given, asked)).json<LoginAnswer>();
    const payload = JSON.parse(
      atob((assertion.split('.')[1] as string).replaceAll('-', '+').replaceAll('_', '/')),
    );
    expect(payload).toMatchObject({ tenant: 'other', aud: OTHER_AUDIENCE });
  });
});

describe('rates', () => {
  it('are counted by the network that a response comes from', async () => {
    const seen: string[] = [];
    const RATE_RESPONSE: RateLimit = {
      async limit({ key }) {
        seen.push(key);
        return { success: seen.length < 3 };
      },
    };
    const limited = { env: { ...env, RATE_RESPONSE } };
    const given = await begin(asked);
    const from = (address: string) =>
      respond(given, limited, { headers: { 'cf-connecting-ip': address } });
    expect((await from('192.0.2.7')).status).toBe(200);
    expect((await from('2001:db8:1:2:3:4:5:6')).status).toBe(409);
    const third = await from('2001:db8:1:2::9');
    expect(await codeOf(third)).toBe('rate_limited');
    expect(third.headers.get('retry-after')).toBe('60');
    expect(seen).toEqual(['192.0.2.7', '2001:db8:1:2::/64', '2001:db8:1:2::/64']);
  });

  it('are asked about before a body is read', async () => {
    const RATE_RESPONSE: RateLimit = { limit: async () => ({ success: false }) };
    const path = '/v1/challenges/x/response';
    const init = { method: 'POST', body: 'not a form' };
    const response = await call(path, init, { env: { ...env, RATE_RESPONSE } });
    expect(await codeOf(response)).toBe('rate_limited');
  });
});
