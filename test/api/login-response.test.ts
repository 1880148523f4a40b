import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LoginAnswer } from '../../worker/api/login-response.docs.ts';
import { Refusal } from '../../worker/errors.ts';
import { modelId } from '../../worker/face/embedding/model-id.ts';
import type { Env } from '../../worker/http/context.ts';
import { MAX_RETURNED_ATTEMPTS } from '../../worker/limits.ts';
import { publicKeys } from '../../worker/login/assertion.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import type { RespondInput } from '../../worker/login/challenge-response.ts';
import { fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import {
  type Asked,
  AUDIENCE,
  begin,
  codeOf,
  deployment,
  NONCE,
  newSubject,
  respond,
  watched,
} from '../support/login.ts';

const env = await deployment();
const asked: Asked = { env };
const nowSeconds = () => Math.floor(Date.now() / 1000);

const failuresOf = async (subject: string, tenant = 'acme') =>
  (await attemptsOf(env.ATTEMPTS, tenant, subject).status()).failures;

describe('a response that passes', () => {
  it('ends in an assertion about just this login', async () => {
    const given = await begin(asked, { far: 0.001 });
    const response = await respond(given, asked);
    expect(response.status).toBe(200);
    const { assertion, expiresAt } = await response.json<LoginAnswer>();
    const jwks = createLocalJWKSet({ keys: [...(await publicKeys(env))] });
    const { payload, protectedHeader } = await jwtVerify(assertion, jwks);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'visavis-assertion+jwt' });
    const { iat = 0, exp = 0, jti } = payload;
    expect(payload).toEqual({
      iss: 'https://visavis.test',
      aud: AUDIENCE,
      sub: given.subject,
      tenant: 'acme',
      nonce: NONCE,
      amr: ['face'],
      acr: 'urn:visavis:face:challenge',
      far: 0.001,
      model: modelId(fakeModels().card('fake')),
      iat,
      exp,
      jti,
    });
    expect(exp - iat).toBeLessThanOrEqual(120);
    expect(Math.abs(iat - nowSeconds())).toBeLessThan(5);
    expect(Date.parse(expiresAt)).toBe(exp * 1000);
    expect(await failuresOf(given.subject)).toBe(0);
  });

  it('has its frames judged in the order of the actions, at the rate of the challenge', async () => {
    const seen: RespondInput[] = [];
    const copy = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const texts: string[] = [];
    const { models } = watched({
      async respond(input) {
        seen.push(input);
        texts.push([...input.frontal].map(copy).join());
        for (const { pictures } of input.actions) texts.push([...pictures].map(copy).join());
        return { ok: true };
      },
    });
    const given = await begin(asked, { far: 0.00001 });
    expect((await respond(given, { env, models })).status).toBe(200);
    expect(texts).toEqual(['frontal', 'action 0', 'action 1', 'action 2']);
    const { embedding } = await fakeModel().enrol([]);
    expect(seen).toMatchObject([
      { template: { embedding, pictures: 1 }, rate: { far: 0.00001, threshold: 0.6 } },
    ]);
    expect(seen[0]?.actions.map(({ action }) => action)).toEqual(given.actions);
    expect([...(seen[0]?.frontal ?? [])].map(({ length }) => length)).toEqual([0]); // no picture outlives its request
  });

  it('may have several frames of each pose', async () => {
    const texts: string[][] = [];
    const copy = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const { models } = watched({
      async respond(input) {
        texts.push([...input.frontal].map(copy));
        for (const { pictures } of input.actions) texts.push([...pictures].map(copy));
        return { ok: true };
      },
    });
    const given = await begin(asked);
    const body = formOf({ challenge: given.challenge });
    for (const name of ['f0', 'f1', 'f2']) body.append('frontal', file(name));
    for (const name of ['a0', 'a1', 'b0', 'b1', 'c0', 'c1']) body.append('action', file(name));
    expect((await respond(given, { env, models }, { body })).status).toBe(200);
    expect(texts).toEqual([
      ['f0', 'f1', 'f2'],
      ['a0', 'a1'],
      ['b0', 'b1'],
      ['c0', 'c1'],
    ]);
  });

  it('may come as JSON', async () => {
    const given = await begin(asked);
    const action = [btoa('1'), btoa('2'), btoa('3')];
    const body = JSON.stringify({ challenge: given.challenge, frontal: btoa('f'), action });
    const headers = { 'content-type': 'application/json' };
    expect((await respond(given, asked, { body, headers })).status).toBe(200);
  });

  it('clears the failures before it', async () => {
    const subject = newSubject();
    for (const ok of [false, false, true]) {
      const given = await begin(asked, { subject });
      const { models } = watched({
        respond: async () => (ok ? { ok: true } : { ok: false, step: 'match' }),
      });
      expect((await respond(given, { env, models })).status).toBe(ok ? 200 : 403);
    }
    expect(await failuresOf(subject)).toBe(0);
  });
});

describe('a response that does not pass', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(['frontal', 'pose', 'print', 'repeat', 'mirror', 'grey', 'person', 'match'] as const)(
    'is refused without saying that it was the %s, and counts',
    async (step) => {
      const { models } = watched({ respond: async () => ({ ok: false, step }) });
      const given = await begin(asked);
      const response = await respond(given, { env, models });
      const { requestId, ...problem } = await problemOf(response);
      expect(problem).toEqual({
        type: '/docs#login_failed',
        title: 'Not logged in',
        status: 403,
        detail: 'The login was refused. Ask for a new challenge to try again.',
        code: 'login_failed',
      });
      expect(response.headers.get('x-request-id')).toBe(requestId);
      expect(await failuresOf(given.subject)).toBe(1);
    },
  );

  it.each([
    ['an error', new Error('secret plans')],
    ['no error at all', undefined],
    ['no turn in time', new Refusal({ code: 'overloaded', retryAfterSeconds: 2 })],
  ])(
    'does not count when it ends in %s: that is no verdict, and it may be tried again',
    async (_, thrown) => {
      vi.spyOn(console, 'error').mockImplementation(() => {});
      const broken = watched({ respond: () => Promise.reject(thrown) });
      const given = await begin(asked);
      const response = await respond(given, { env, models: broken.models });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(JSON.stringify(await response.json())).not.toMatch(/secret|frontal|face/);
      expect(await failuresOf(given.subject)).toBe(0);
      expect((await respond(given, asked)).status).toBe(200);
    },
  );

  it('counts after so many faults: they are no way to more tries', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { models } = watched({ respond: () => Promise.reject(new Error('broken')) });
    const given = await begin(asked);
    for (let i = 0; i < MAX_RETURNED_ATTEMPTS; i++) {
      expect(await codeOf(await respond(given, { env, models }))).toBe('unavailable');
    }
    expect(await codeOf(await respond(given, { env, models }))).toBe('login_failed');
    expect(await failuresOf(given.subject)).toBe(1);
    expect(await codeOf(await respond(given, { env, models }))).toBe('challenge_used');
  });

  it('brings delay and lock, which close challenges that are already out', async () => {
    const subject = newSubject();
    const out = await begin(asked, { subject });
    const attempts = attemptsOf(env.ATTEMPTS, 'acme', subject);
    for (let i = 0; i < 5; i++) await attempts.claim(`id-${i}`, nowSeconds() + 120);
    const { models, respond: looked } = watched();
    const delayed = await respond(out, { env, models });
    expect(Number(delayed.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(await codeOf(delayed)).toBe('too_many_attempts');
    expect(looked).not.toHaveBeenCalled();
    // The same challenge is good again when the tenant has opened the subject.
    await attempts.reset();
    expect((await respond(out, { env, models })).status).toBe(200);
  });

  it('is not even looked at where the subject is locked', async () => {
    const given = await begin(asked);
    const stub = { claim: async () => ({ kind: 'locked' }) };
    const ATTEMPTS = {
      idFromName: () => 'id',
      idFromString: () => 'id',
      get: () => stub,
    } as unknown as Env['ATTEMPTS'];
    const { models, respond: looked } = watched();
    const response = await respond(given, { env: { ...env, ATTEMPTS } as Env, models });
    expect(response.status).toBe(423);
    expect(await codeOf(response)).toBe('subject_locked');
    expect(looked).not.toHaveBeenCalled();
  });

  it('gets no assertion where the attempt was not there to be taken back', async () => {
    const given = await begin(asked);
    const real = attemptsOf(env.ATTEMPTS, 'acme', given.subject);
    const stub = {
      claim: (id: string, expiresAt: number) => real.claim(id, expiresAt),
      succeed: async () => false,
    };
    const ATTEMPTS = {
      idFromName: () => 'id',
      idFromString: () => 'id',
      get: () => stub,
    } as unknown as Env['ATTEMPTS'];
    const response = await respond(given, { env: { ...env, ATTEMPTS } as Env });
    expect(await codeOf(response)).toBe('login_failed');
  });
});

describe('a challenge is answered once', () => {
  it('not a second time, with whatever end the first had', async () => {
    for (const outcome of [{ ok: true }, { ok: false, step: 'pose' }] as const) {
      const { models, respond: looked } = watched({ respond: async () => outcome });
      const given = await begin(asked);
      await respond(given, { env, models });
      expect(await codeOf(await respond(given, { env, models }))).toBe('challenge_used');
      expect(looked).toHaveBeenCalledTimes(1);
    }
  });

  it('gives one verdict to 50 answers at once', async () => {
    for (const ok of [true, false]) {
      const { models, respond: looked } = watched({
        async respond() {
          await new Promise((resolve) => setTimeout(resolve, 20));
          return ok ? { ok } : { ok, step: 'match' };
        },
      });
      const given = await begin(asked);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => respond(given, { env, models })),
      );
      const count = (status: number) => answers.filter((a) => a.status === status).length;
      expect([count(ok ? 200 : 403), count(409)]).toEqual([1, 49]);
      expect(looked).toHaveBeenCalledTimes(1);
      expect(await failuresOf(given.subject)).toBe(ok ? 0 : 1);
    }
  });
});
