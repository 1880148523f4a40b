/** Responses to challenges that are refused before any face is looked at. */
import { describe, expect, it, vi } from 'vitest';
import { type Failure, Refusal } from '../../worker/errors.ts';
import type { Env, Model, Models } from '../../worker/http/context.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { openChallenge, sealChallenge } from '../../worker/login/challenge-token.ts';
import { keyRing, open, seal } from '../../worker/login/sealed-token.ts';
import { fakeModels, file, formOf, problemOf } from '../support/api.ts';
import {
  type Asked,
  AUDIENCE,
  begin,
  codeOf,
  deployment,
  frames,
  OTHER_AUDIENCE,
  respond,
  tenantsSecret,
  watched,
} from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
const asked: Asked = { env };
const nowSeconds = () => Math.floor(Date.now() / 1000);

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

  it('its rate is none of the thresholds that serve by now', async () => {
    const given = await begin(asked);
    const challenge = await resealed(given.challenge, { far: 0.0002 });
    expect(await refusedUnclaimed({ ...given, challenge })).toBe('challenge_invalid');
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
