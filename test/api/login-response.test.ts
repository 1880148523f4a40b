import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LoginAnswer } from '../../worker/api/login-response.docs.ts';
import { type Failure, Refusal } from '../../worker/errors.ts';
import { modelId } from '../../worker/face/model-id.ts';
import type { Env, Model, Models } from '../../worker/http/context.ts';
import { MAX_RETURNED_ATTEMPTS } from '../../worker/limits.ts';
import { publicKeys } from '../../worker/login/assertion.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { openChallenge, sealChallenge } from '../../worker/login/challenge-token.ts';
import type { RespondInput } from '../../worker/login/liveness.ts';
import { keyRing, open, seal } from '../../worker/login/token.ts';
import { call, fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import {
  type Asked,
  AUDIENCE,
  begin,
  deployment,
  frames,
  NONCE,
  newSubject,
  OTHER,
  OTHER_AUDIENCE,
  respond,
  tenantsSecret,
} from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
const asked: Asked = { env };
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Models with this in the model, which says how often it was asked about frames. */
function watched(more: Partial<Model> = {}) {
  const respond = vi.fn(more.respond ?? (async () => ({ ok: true }) as const));
  const models = fakeModels({ load: async () => fakeModel({ ...more, respond }) });
  return { models, respond };
}

const codeOf = async (response: Response) => {
  const { status, code } = await problemOf(response);
  expect(response.status).toBe(status);
  return code;
};

const failuresOf = async (subject: string, tenant = 'acme') =>
  (await attemptsOf(env.ATTEMPTS, tenant, subject).status()).failures;

/** The same challenge with something changed in it, sealed again as only we can. */
async function resealed(challenge: string, change: object) {
  const opened = await openChallenge(challenge, 0, keys);
  return sealChallenge({ ...opened, ...change }, keys);
}

/** Payload of a challenge, as it is sealed. */
const payloadOf = (challenge: string) => open('challenge', challenge, keys) as Promise<object>;

/** A challenge that is refused: nobody's face was looked at, and it counts as no attempt. */
async function refusedUnclaimed(
  given: { id: string; challenge: string; subject: string },
  {
    env: answering = env,
    headers,
    body,
  }: { env?: Env; headers?: Record<string, string>; body?: BodyInit } = {},
  more: Partial<Model> = {},
) {
  const { models, respond: looked } = watched(more);
  const init = { ...(headers ? { headers } : {}), ...(body ? { body } : {}) };
  const response = await respond(given, { env: answering, models }, init);
  expect(looked).not.toHaveBeenCalled();
  expect(await failuresOf(given.subject)).toBe(0);
  return codeOf(response);
}

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
    const ATTEMPTS = { idFromName: () => 'id', get: () => stub } as unknown as Env['ATTEMPTS'];
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
    const ATTEMPTS = { idFromName: () => 'id', get: () => stub } as unknown as Env['ATTEMPTS'];
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

describe('a challenge is refused, and nothing is counted, when', () => {
  it('it has expired', async () => {
    const given = await begin(asked);
    const expiresAt = nowSeconds();
    const challenge = await resealed(given.challenge, { expiresAt });
    expect(await refusedUnclaimed({ ...given, challenge })).toBe('challenge_invalid');
  });

  it('it was changed anywhere', async () => {
    const given = await begin(asked);
    const dots = [...given.challenge.matchAll(/\./g)].map(({ index }) => index);
    for (let at = 3; at < given.challenge.length; at += 41) {
      if (dots.includes(at)) continue;
      const other = given.challenge[at] === 'A' ? 'B' : 'A';
      const challenge = given.challenge.slice(0, at) + other + given.challenge.slice(at + 1);
      expect(await refusedUnclaimed({ ...given, challenge }), `${at}`).toBe('challenge_invalid');
    }
  });

  it('it is sent to the address of another', async () => {
    const given = await begin(asked);
    const other = await begin(asked);
    expect(await refusedUnclaimed({ ...given, id: other.id })).toBe('challenge_invalid');
  });

  it('it is a token of another kind', async () => {
    const given = await begin(asked);
    const challenge = given.template;
    expect(await refusedUnclaimed({ ...given, challenge })).toBe('challenge_invalid');
    // The kind is what counts, not what is inside: here it is all that a challenge has.
    const payload = await payloadOf(given.challenge);
    const disguised = await seal('template', payload, keys);
    expect(await refusedUnclaimed({ ...given, challenge: disguised })).toBe('challenge_invalid');
    const real = await seal('challenge', payload, keys);
    expect((await respond({ ...given, challenge: real }, asked)).status).toBe(200);
  });

  it('it is of another version', async () => {
    const given = await begin(asked);
    const payload = await payloadOf(given.challenge);
    const challenge = await seal('challenge', { ...payload, v: 2 }, keys);
    expect(await refusedUnclaimed({ ...given, challenge })).toBe('challenge_invalid');
  });

  it('its key is gone', async () => {
    const given = await begin(asked);
    const lost = { ...env, TEMPLATE_KEYS: 'A'.repeat(43) };
    expect(await refusedUnclaimed(given, { env: lost })).toBe('challenge_invalid');
  });

  it('its template is of a network that no longer serves', async () => {
    const given = await begin(asked);
    const { models, respond: looked } = watched();
    const retrained: Models = {
      ...models,
      card: (name) => ({ ...models.card(name), sha256: '11'.repeat(32) }),
    };
    const response = await respond(given, { env, models: retrained });
    expect(await codeOf(response)).toBe('challenge_invalid');
    expect(looked).not.toHaveBeenCalled();
    expect(await failuresOf(given.subject)).toBe(0);
  });

  it('its tenant is gone, or has given up the audience', async () => {
    const given = await begin(asked);
    const closed = { ...env, API_KEYS: '[]' };
    expect(await refusedUnclaimed(given, { env: closed })).toBe('challenge_invalid');
    const API_KEYS = await tenantsSecret({ audiences: ['https://new.acme.example'] });
    expect(await refusedUnclaimed(given, { env: { ...env, API_KEYS } })).toBe('challenge_invalid');
  });

  it("the page is not one of its own tenant's", async () => {
    const given = await begin(asked);
    for (const origin of [OTHER_AUDIENCE, 'https://evil.example', 'null', 'https://visavis.test']) {
      const code = await refusedUnclaimed(given, { headers: { origin } });
      expect(code, origin).toBe('forbidden');
    }
    const answer = await respond(given, asked, { headers: { origin: AUDIENCE } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(AUDIENCE);
  });

  it('the page is the demo, and the demo is off', async () => {
    const headers = { origin: 'https://visavis.test' };
    const given = await begin(asked);
    expect(await refusedUnclaimed(given, { headers })).toBe('forbidden');
    const demo = { ...env, DEMO: 'on' };
    expect((await respond(given, { env: demo }, { headers })).status).toBe(200);
  });

  const refuse = (failure: Failure) => () => {
    throw new Refusal(failure);
  };

  it.each(['unsupported_format', 'undecodable_image', 'image_too_large'] as const)(
    'a frame is told by its header: %s',
    async (code) => {
      const given = await begin(asked);
      const inspect = refuse({ code, detail: 'why' });
      expect(await refusedUnclaimed(given, {}, { inspect })).toBe(code);
    },
  );

  it('looks at the header of every frame, and names the one at fault', async () => {
    const given = await begin(asked);
    for (const [i, field] of ['frontal', 'action[0]', 'action[1]', 'action[2]'].entries()) {
      let calls = 0;
      const { models } = watched({
        inspect() {
          if (calls++ === i) throw new Refusal({ code: 'undecodable_image', detail: 'why' });
        },
      });
      const response = await respond(given, { env, models });
      expect(await problemOf(response)).toMatchObject({ code: 'undecodable_image', field });
    }
    expect(await failuresOf(given.subject)).toBe(0);
  });

  it.each([
    ['too few actions', 2, 'action'],
    ['too many actions', 4, 'action'],
    ['more of one action than of another', 8, 'action'],
    ['more frames of each action than three', 12, 'action'],
    ['no action', 0, 'action'],
  ])('there are %s', async (_, count, field) => {
    const given = await begin(asked);
    const body = formOf({ challenge: given.challenge, frontal: file() });
    for (let i = 0; i < count; i++) body.append('action', file());
    const { models, respond: looked } = watched();
    const response = await respond(given, { env, models }, { body });
    expect(await problemOf(response)).toMatchObject({ code: 'invalid_request', field });
    expect(looked).not.toHaveBeenCalled();
    expect(await failuresOf(given.subject)).toBe(0);
  });

  it('there is no frontal frame, or more than three', async () => {
    const given = await begin(asked);
    for (const count of [0, 4]) {
      const body = formOf({ challenge: given.challenge });
      for (let i = 0; i < count; i++) body.append('frontal', file());
      for (let i = 0; i < 3; i++) body.append('action', file());
      expect(await refusedUnclaimed(given, { body })).toBe('invalid_request');
    }
  });

  it("a field is there that would have been the tenant's to choose", async () => {
    const given = await begin(asked);
    for (const name of ['far', 'nonce', 'audience', 'subject', 'template']) {
      const body = frames(given.challenge);
      body.append(name, '0.001');
      expect(await refusedUnclaimed(given, { body }), name).toBe('invalid_request');
    }
  });

  it('the body or a frame is too large', async () => {
    const given = await begin(asked);
    const frame = frames(given.challenge);
    frame.set('frontal', file(new Uint8Array(1024 * 1024 + 1)));
    expect(await refusedUnclaimed(given, { body: frame })).toBe('payload_too_large');
    const body = frames(given.challenge);
    body.set('frontal', file(new Uint8Array(5 * 1024 * 1024)));
    expect(await refusedUnclaimed(given, { body })).toBe('payload_too_large');
    const headers = { 'content-type': 'text/plain' };
    expect(await refusedUnclaimed(given, { body: 'x', headers })).toBe('invalid_request');
  });

  it("the deployment lacks something: that is not the person's failure", async () => {
    const given = await begin(asked);
    for (const name of ['TEMPLATE_KEYS', 'ASSERTION_KEYS', 'ATTEMPTS', 'RATE_RESPONSE'] as const) {
      const { [name]: _, ...lacking } = env;
      expect(await refusedUnclaimed(given, { env: lacking }), name).toBe('not_configured');
    }
    const broken = fakeModels({ load: () => Promise.reject(new Error('no memory')) });
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await codeOf(await respond(given, { env, models: broken }))).toBe('unavailable');
    log.mockRestore();
    expect(await failuresOf(given.subject)).toBe(0);
  });
});

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
