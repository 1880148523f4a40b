import { Hono } from 'hono';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { rememberInMemory } from '../../client/assertion.ts';
import { faceLogin } from '../../client/hono.ts';
import { ApiError } from '../../client/problem.ts';

const PARTY = { issuer: 'https://faces.test', audience: 'https://shop.test', tenant: 'shop' };
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] };

/** Assertion that this subject has answered a challenge with this nonce. */
function assertionOf(subject: string, nonce: string): Promise<string> {
  const { issuer, audience, tenant } = PARTY;
  return new SignJWT({ tenant, nonce, far: 1e-4, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'visavis-assertion+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(privateKey);
}

/** An app whose sessions are `subject/session`, in a header. */
function visit(party = PARTY, template: string | null = 't') {
  const nonces: string[] = [];
  const visavis = {
    challenge: vi.fn(async ({ nonce }: { nonce: string }) => {
      nonces.push(nonce);
      return { id: 'id', challenge: 'c', actions: [], expiresAt: '', far: 1e-4 } as never;
    }),
    enrol: vi.fn(async () => ({ template: 't' }) as never),
    resetAttempts: vi.fn(async () => {}),
  };
  const save = vi.fn();
  const face = faceLogin({
    ...party,
    visavis,
    jwks,
    secret: 'x'.repeat(32),
    seen: rememberInMemory(),
    account(c) {
      const [subject, session] = (c.req.header('who') ?? '').split('/');
      return subject && session ? { subject, session, template } : undefined;
    },
    enrol: { allowed: () => true, save },
  });
  const app = new Hono().route('/face', face.routes);
  app.post('/transfer', face.requireFace({ maxAge: 300 }), (c) => c.text('done'));

  /** Posts as somebody, with these cookies. */
  async function post(
    path: string,
    who: string,
    { cookie = '', body, site }: { cookie?: string; body?: BodyInit; site?: string } = {},
  ) {
    const headers = { who, cookie, ...(site && { 'sec-fetch-site': site }) };
    const init = { method: 'POST', headers, ...(body !== undefined && { body }) };
    const response = await app.request(path, init);
    const set = response.headers.getSetCookie();
    const given = set.map((line) => line.split(';', 1)[0]);
    return { status: response.status, text: await response.text(), cookie: given.join('; '), set };
  }

  /** Looks at the camera. @returns the cookies of one who has */
  async function look(who: string): Promise<string> {
    const { cookie } = await post('/face/challenge', who);
    const [subject = ''] = who.split('/');
    const assertion = await assertionOf(subject, nonces.at(-1) as string);
    const finished = await post('/face/finish', who, {
      cookie,
      body: JSON.stringify({ assertion }),
    });
    expect(finished.status).toBe(200);
    return finished.cookie;
  }
  return { post, look, nonces, visavis, save };
}

const enrolment = (images: Blob[], consent = 'yes') => {
  const form = new FormData();
  form.set('consent', consent);
  for (const image of images) form.append('image', image, 'i.jpg');
  return form;
};

describe('a look at the camera', () => {
  it('opens what asks for it, for this person in this session', async () => {
    const { post, look } = visit();
    const cookie = await look('anna/1');
    expect((await post('/transfer', 'anna/1')).status).toBe(403);
    expect((await post('/transfer', 'anna/1', { cookie })).text).toBe('done');
    for (const who of ['anna/2', 'bob/1', 'ann/a1']) {
      expect((await post('/transfer', who, { cookie })).status, who).toBe(403);
    }
    expect((await post('/transfer', '', { cookie })).status).toBe(401);
  });

  it('is not made by changing its time, or by the cookie of a nonce', async () => {
    const { post, look } = visit();
    const cookie = await look('anna/1');
    const later = cookie.replace(/visavis-face=\d+/, 'visavis-face=9999999999');
    expect(later).not.toBe(cookie);
    expect((await post('/transfer', 'anna/1', { cookie: later })).status).toBe(403);
    const { cookie: nonce } = await post('/face/challenge', 'anna/1');
    const renamed = nonce.replace('visavis-nonce', 'visavis-face');
    expect((await post('/transfer', 'anna/1', { cookie: renamed })).status).toBe(403);
  });

  it('is not finished by another’s nonce, assertion, or twice by one', async () => {
    const { post, nonces } = visit();
    const { cookie } = await post('/face/challenge', 'anna/1');
    const nonce = nonces.at(-1) as string;
    const finish = async (who: string, subject: string) => {
      const body = JSON.stringify({ assertion: await assertionOf(subject, nonce) });
      return (await post('/face/finish', who, { cookie, body })).status;
    };
    expect(await finish('anna/2', 'anna')).toBe(403);
    expect(await finish('anna/1', 'bob')).toBe(403);
    const body = JSON.stringify({ assertion: await assertionOf('anna', nonce) });
    expect((await post('/face/finish', 'anna/1', { cookie, body })).status).toBe(200);
    expect((await post('/face/finish', 'anna/1', { cookie, body })).status).toBe(403);
  });
});

describe('setting up a face', () => {
  const picture = new Blob([new Uint8Array(1000)]);

  it('takes pictures with consent', async () => {
    const { post, visavis } = visit();
    const body = enrolment([picture]);
    expect((await post('/face/enrol', 'anna/1', { body })).status).toBe(201);
    expect(visavis.enrol).toHaveBeenCalledTimes(1);
    expect((await post('/face/enrol', 'anna/1', { body: enrolment([picture], 'no') })).status).toBe(
      403,
    );
    expect(visavis.enrol).toHaveBeenCalledTimes(1);
  });

  it('keeps the template where failures of before cannot be forgotten, and says so', async () => {
    const { post, visavis, save } = visit();
    const problem = { code: 'overloaded', detail: '', status: 503, requestId: 'r' } as const;
    const busy = new ApiError({ ...problem, type: '', title: '' }, 7);
    visavis.resetAttempts.mockRejectedValueOnce(busy);
    const { status, text } = await post('/face/enrol', 'anna/1', { body: enrolment([picture]) });
    expect([status, text]).toEqual([429, '{"code":"wait","retryAfterSeconds":7}']);
    expect(save).toHaveBeenCalledWith(expect.anything(), { template: 't' });
  });

  it('forgets no failures where the template is not kept', async () => {
    const { post, visavis, save } = visit();
    save.mockRejectedValueOnce(new Error('the disk is full'));
    const { status } = await post('/face/enrol', 'anna/1', { body: enrolment([picture]) });
    expect(status).toBe(500);
    expect(visavis.resetAttempts).not.toHaveBeenCalled();
  });

  it('is not done by a page of another site', async () => {
    const { post, visavis } = visit();
    const body = enrolment([picture]);
    expect((await post('/face/enrol', 'anna/1', { body, site: 'cross-site' })).status).toBe(403);
    expect(visavis.enrol).not.toHaveBeenCalled();
    expect((await post('/face/enrol', 'anna/1', { body, site: 'same-origin' })).status).toBe(201);
  });

  it('reads no more than a few pictures have', async () => {
    const { post } = visit();
    const body = enrolment([new Blob([new Uint8Array(5 * 1024 * 1024)])]);
    const { status, text } = await post('/face/enrol', 'anna/1', { body });
    expect([status, text]).toEqual([422, '{"code":"picture","reasons":["payload_too_large"]}']);
  });

  it.each(['', '{}', '--b--'])('takes no form that is none: %j', async (body) => {
    const { status } = await visit().post('/face/enrol', 'anna/1', { body });
    expect(status).toBe(422);
  });
});

it.each([
  ['https://shop.test', true],
  ['shop', true], // any name may be registered
  ['http://localhost:8789', false],
])('sends cookies of the audience %s over TLS alone: %s', async (audience, secure) => {
  const { post } = visit({ ...PARTY, audience });
  const { set } = await post('/face/challenge', 'ada/1');
  expect(set.map((line) => line.includes('Secure'))).toEqual([secure]);
});

it('takes a template that a database says is null for none', async () => {
  const { post, visavis } = visit(PARTY, null);
  expect(await post('/face/challenge', 'ada/1')).toMatchObject({
    status: 409,
    text: '{"code":"not_enrolled"}',
  });
  expect(visavis.challenge).not.toHaveBeenCalled();
});

it.each([undefined, '', 'x'.repeat(31)])('signs no cookies with the secret %j', (secret) => {
  const none = vi.fn();
  const options = { ...PARTY, visavis: {} as never, seen: rememberInMemory(), account: none };
  const make = () =>
    faceLogin({ ...options, secret: secret as string, enrol: { allowed: none, save: none } });
  expect(make).toThrow(expect.objectContaining({ code: 'missing_key' }));
});
