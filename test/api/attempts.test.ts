/** `/v1/subjects/{subject}/attempts`, over the real Durable Object. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AttemptsReport } from '../../worker/api/attempts.docs.ts';
import type { Env } from '../../worker/http/context.ts';
import { type Attempts, attemptsOf } from '../../worker/login/attempts.ts';
import { call, DEPLOYED, keyEntry, problemOf, tenantEntry } from '../support/api.ts';

const NOW = Math.ceil(Date.now() / 1000) + 3_600;

let deployed: Env;
beforeAll(async () => {
  const API_KEYS = JSON.stringify([
    tenantEntry('acme', [
      await keyEntry('login', 'acme-login', ['login', 'reset']),
      await keyEntry('rest', 'acme-rest', ['verify', 'enrol']),
    ]),
    tenantEntry('bank', [await keyEntry('login', 'bank-login', ['login', 'reset'])]),
  ]);
  const RATE_ATTEMPTS = { limit: async () => ({ success: true }) };
  deployed = { ...DEPLOYED, API_KEYS, RATE_ATTEMPTS, ATTEMPTS: env.ATTEMPTS };
});

const ask = (subject: string, { key = 'acme-login', method = 'GET', env = deployed } = {}) =>
  call(
    `/v1/subjects/${subject}/attempts`,
    { method, headers: { authorization: `Bearer ${key}` } },
    { env },
  );

const read = async (subject: string, key = 'acme-login') => {
  const response = await ask(subject, { key });
  expect(response.status).toBe(200);
  return response.json<AttemptsReport>();
};

/** Failed attempts of a subject of acme, so many, all at NOW, while they are free. */
async function fail(subject: string, times: number) {
  const stub = attemptsOf(env.ATTEMPTS, 'acme', subject);
  await runInDurableObject(stub, (object: Attempts) => {
    object.now = () => NOW;
  });
  for (let i = 0; i < times; i++) await stub.claim(crypto.randomUUID(), NOW + 120);
  return stub;
}

describe('GET', () => {
  it('tells how a subject stands', async () => {
    const subject = crypto.randomUUID();
    const none = { subject, failures: 0, delayedUntil: null, locked: false };
    expect(await read(subject)).toEqual(none);
    const stub = await fail(subject, 4);
    expect(await read(subject)).toEqual({ ...none, failures: 4 });
    await fail(subject, 1);
    const delayedUntil = new Date((NOW + 30) * 1000).toISOString();
    expect(await read(subject)).toEqual({ ...none, failures: 5, delayedUntil });
    expect(delayedUntil).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);

    await runInDurableObject(stub, async (object: Attempts) => {
      for (let i = 5; i < 50; i++) {
        const now = object.status().delayedUntil ?? NOW;
        object.now = () => now;
        object.claim(crypto.randomUUID(), now + 120);
      }
    });
    expect(await read(subject)).toEqual({ ...none, failures: 50, locked: true });
  });

  it("tells nothing of another tenant's subject", async () => {
    const subject = crypto.randomUUID();
    await fail(subject, 3);
    expect((await read(subject, 'acme-login')).failures).toBe(3);
    expect((await read(subject, 'bank-login')).failures).toBe(0);
  });

  it('reads a subject however its URL is written', async () => {
    const subject = `a.b_c~d@e:f+g-${crypto.randomUUID()}`;
    await fail(subject, 2);
    const spelt = [...subject].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
    for (const written of [subject, encodeURIComponent(subject), spelt]) {
      expect(await read(written)).toMatchObject({ subject, failures: 2 });
    }
  });
});

describe('DELETE', () => {
  it('begins anew, and may be repeated', async () => {
    const subject = crypto.randomUUID();
    await fail(subject, 5);
    for (const _ of [1, 2]) {
      const response = await ask(subject, { method: 'DELETE' });
      expect(response.status).toBe(204);
      expect(await response.text()).toBe('');
      expect(await read(subject)).toMatchObject({ failures: 0, delayedUntil: null, locked: false });
    }
  });

  it("does not touch another tenant's subject", async () => {
    const subject = crypto.randomUUID();
    await fail(subject, 5);
    expect((await ask(subject, { method: 'DELETE', key: 'bank-login' })).status).toBe(204);
    expect((await read(subject)).failures).toBe(5);
  });
});

describe('both', () => {
  const subject = crypto.randomUUID();

  it('ask for a key with the scope `login`', async () => {
    await fail(subject, 1);
    for (const method of ['GET', 'DELETE', 'HEAD']) {
      expect((await ask(subject, { method, key: 'nobody' })).status).toBe(401);
      const refused = await ask(subject, { method, key: 'acme-rest' });
      expect(refused.status).toBe(403);
      if (method !== 'HEAD') expect((await problemOf(refused)).code).toBe('forbidden');
    }
    expect((await read(subject)).failures).toBe(1);
  });

  it.each(['a%20b', 'a%2Fb', '%', '%zz', 'x'.repeat(129), '%C3%A9', 'a"b'])(
    'refuse %.20s as a subject',
    async (written) => {
      for (const method of ['GET', 'DELETE']) {
        const response = await ask(written, { method });
        expect(response.status).toBe(400);
        expect(await problemOf(response)).toMatchObject({
          code: 'invalid_request',
          field: 'subject',
        });
      }
    },
  );

  it('are counted by tenant', async () => {
    const counted: string[] = [];
    const RATE_ATTEMPTS = {
      limit: async ({ key }: { key: string }) => ({ success: counted.push(key) < 3 }),
    };
    const limited = { ...deployed, RATE_ATTEMPTS };
    for (const method of ['GET', 'DELETE']) {
      expect((await ask(subject, { method, env: limited })).ok).toBe(true);
    }
    const response = await ask(subject, { env: limited });
    expect((await problemOf(response)).code).toBe('rate_limited');
    expect(counted).toEqual(['acme', 'acme', 'acme']);
  });

  it('are closed without the Durable Object', async () => {
    const { ATTEMPTS: _, ...without } = deployed;
    const response = await ask(subject, { env: without });
    expect(response.status).toBe(503);
    expect((await problemOf(response)).code).toBe('not_configured');
  });

  it('are all there is', async () => {
    const response = await ask(subject, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, DELETE, OPTIONS');
  });
});
