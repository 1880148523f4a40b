/** The example relying party's backend, with a deployment of the test's own making. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ApiError, type ApiErrorCode } from 'visavis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Accounts } from '../../examples/login/accounts.ts';
import { createExample } from '../../examples/login/app.ts';

const ORIGIN = 'https://shop.test';
const VISAVIS = 'https://faces.test';
const PASSWORD = 'a password of some length';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };

const original = globalThis.fetch;
beforeAll(() => {
  globalThis.fetch = async () => Response.json(jwks);
});
afterAll(() => {
  globalThis.fetch = original;
});

/** Claims that the deployment signs, unless a test says otherwise. */
const sign = (claims: object) =>
  new SignJWT({
    iss: VISAVIS,
    aud: ORIGIN,
    tenant: 'shop',
    jti: crypto.randomUUID(),
    amr: ['face'],
    far: 0.0001,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'visavis-assertion+jwt' })
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(privateKey);

const refusal = (code: ApiErrorCode, more: object = {}, retryAfter?: number) =>
  new ApiError(
    { code, type: '', title: '', detail: '', status: 400, requestId: 'r', ...more },
    retryAfter,
  );

describe('the example login', () => {
  let now: number;
  let log: string[];
  let codes: readonly string[];
  let subject: string;
  let app: ReturnType<typeof createExample>;
  let cookie: string;
  const visavis = { challenge: vi.fn(), enrol: vi.fn(), resetAttempts: vi.fn() };

  beforeEach(() => {
    now = Date.now();
    log = [];
    cookie = '';
    const accounts = new Accounts();
    const added = accounts.add('ada', PASSWORD);
    accounts.add('bob', PASSWORD);
    codes = added.codes;
    subject = added.account.subject;
    visavis.challenge.mockReset().mockResolvedValue({ id: 'c-1', challenge: 'a.b.c.d.e' });
    visavis.enrol.mockReset().mockResolvedValue({ template: 'sealed' });
    visavis.resetAttempts.mockReset().mockResolvedValue(undefined);
    app = createExample({
      origin: ORIGIN,
      visavisUrl: VISAVIS,
      tenant: 'shop',
      visavis,
      accounts,
      files: new Map([['/app.js', ['text/javascript', 'x']]]),
      now: () => now,
      log: (line) => log.push(line),
    });
  });

  /** Request as a browser makes it: with its cookie, and its origin when it posts. */
  async function send(
    method: string,
    path: string,
    body?: FormData | object,
    headers: Record<string, string> = {},
  ) {
    const json = body !== undefined && !(body instanceof FormData);
    const response = await app.request(`${ORIGIN}${path}`, {
      method,
      headers: {
        cookie,
        ...(method === 'POST' ? { origin: ORIGIN } : {}),
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
    });
    const set = response.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0] as string;
    return response;
  }
  const get = (path: string) => send('GET', path);
  const form = (fields: Record<string, string | Blob>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return data;
  };
  const password = (name = 'ada', secret = PASSWORD) =>
    send('POST', '/password', form({ name, password: secret }));
  const code = (text: string) => send('POST', '/code', form({ code: text }));
  const enrol = (fields: Record<string, string | Blob> = {}) =>
    send('POST', '/face/enrol', form({ consent: 'yes', image: new Blob(['p']), ...fields }));
  const start = () => send('POST', '/face/start');
  const finish = (assertion: unknown) => send('POST', '/face/finish', { assertion });
  const errorOf = async (response: Response) => [response.status, (await response.json()).error];
  const nonce = () => visavis.challenge.mock.lastCall?.[0].nonce as string;
  const isIn = async () => (await (await get('/')).text()).includes('id="signed-in"');

  /** Signs in by code, enrols, and signs out again. */
  async function enrolled() {
    await password();
    await code(codes[0] as string);
    expect((await enrol()).status).toBe(201);
    await send('POST', '/signout');
    expect(await isIn()).toBe(false);
  }

  it('lets in by password and code, each code once', async () => {
    expect((await password()).status).toBe(303);
    expect(await isIn()).toBe(false);
    expect((await code((codes[0] as string).toLowerCase().replace('-', ' '))).status).toBe(303);
    expect(await isIn()).toBe(true);
    await send('POST', '/signout');
    await password();
    expect((await code(codes[0] as string)).status).toBe(403);
    expect(await isIn()).toBe(false);
  });

  it('lets in by password and face', async () => {
    await enrolled();
    await password();
    const challenge = await start();
    expect(await challenge.json()).toEqual({ id: 'c-1', challenge: 'a.b.c.d.e' });
    expect(visavis.challenge).toHaveBeenCalledWith({
      subject,
      template: 'sealed',
      audience: ORIGIN,
      nonce: expect.stringMatching(/^[\w-]{32}$/),
    });
    const before = cookie;
    const answer = await finish(await sign({ sub: subject, nonce: nonce() }));
    expect(await answer.json()).toEqual({ ok: true });
    expect(await isIn()).toBe(true);
    expect(cookie).not.toBe(before); // a session that somebody knew before is worth nothing now
    cookie = before;
    expect(await isIn()).toBe(false);
  });

  it('keeps its session from scripts, other sites and plain HTTP', async () => {
    const set = (await password()).headers.get('set-cookie');
    expect(set).toMatch(/^__Host-session=[\w-]{43};/);
    for (const word of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
      expect(set).toContain(word);
    }
  });

  it.each([
    ['for somebody else', () => ({ sub: 'another' }), 'subject'],
    ['of another login', () => ({ nonce: 'another-nonce-0123' }), 'nonce'],
    ['for another site', () => ({ aud: 'https://evil.test' }), 'audience'],
    ['of another tenant', () => ({ tenant: 'evil' }), 'tenant'],
    ['of another deployment', () => ({ iss: 'https://evil.test' }), 'issuer'],
  ])('does not take an assertion %s', async (_, change, reason) => {
    await enrolled();
    await password();
    await start();
    const assertion = await sign({ sub: subject, nonce: nonce(), ...change() });
    expect(await errorOf(await finish(assertion))).toEqual([403, 'refused']);
    expect(log).toEqual([`an assertion for ${subject} was refused: ${reason}`]);
    expect(await isIn()).toBe(false);
  });

  it('takes an assertion once, and none without a challenge of this session', async () => {
    await enrolled();
    await password();
    await start();
    const used = nonce();
    const assertion = await sign({ sub: subject, nonce: used });
    expect((await finish(assertion)).status).toBe(200);
    expect(await errorOf(await finish(assertion))).toEqual([403, 'refused']);
    await send('POST', '/signout');
    await password();
    expect(await errorOf(await finish(assertion))).toEqual([403, 'refused']);
    await start();
    expect(nonce()).not.toBe(used);
    expect(await errorOf(await finish(assertion))).toEqual([403, 'refused']);
    expect(await isIn()).toBe(false);
  });

  it('uses up a nonce by whatever is sent for it', async () => {
    await enrolled();
    await password();
    await start();
    const assertion = await sign({ sub: subject, nonce: nonce() });
    expect(await errorOf(await finish('nonsense'))).toEqual([403, 'refused']);
    expect(await errorOf(await finish(assertion))).toEqual([403, 'refused']);
    await start();
    expect(await errorOf(await finish(7))).toEqual([403, 'refused']);
    expect(await isIn()).toBe(false);
  });

  it("does not take another person's session for one's own", async () => {
    await enrolled();
    await password('bob');
    expect(await errorOf(await start())).toEqual([409, 'not_enrolled']);
    expect(await errorOf(await finish(await sign({ sub: subject })))).toEqual([403, 'refused']);
    expect((await code(codes[1] as string)).status).toBe(403); // ada's
    expect(await isIn()).toBe(false);
  });

  it('asks for the password first, everywhere', async () => {
    for (const path of ['/face/start', '/face/finish', '/face/enrol', '/face/delete']) {
      expect(await errorOf(await send('POST', path)), path).toEqual([401, 'password_first']);
    }
    expect((await code(codes[0] as string)).headers.get('location')).toBe('/');
    expect((await get('/second')).headers.get('location')).toBe('/');
    expect((await password('ada', 'wrong')).status).toBe(403);
    expect((await password('nobody')).status).toBe(403);
    expect(await isIn()).toBe(false);
    expect(visavis.challenge).not.toHaveBeenCalled();
  });

  it('does nothing for other sites', async () => {
    await password();
    for (const origin of ['https://evil.test', 'null', '']) {
      const body = form({ code: codes[0] as string });
      expect((await send('POST', '/code', body, { origin })).status, origin).toBe(403);
    }
    expect((await code(codes[0] as string)).status).toBe(303); // it was not used up
  });

  it('slows guessing of passwords and of codes', async () => {
    for (let i = 0; i < 5; i++) expect((await password('ada', `${i}`)).status).toBe(403);
    expect((await password()).status).toBe(429);
    now += 31_000;
    expect((await password()).status).toBe(303);
    for (let i = 0; i < 5; i++) expect((await code(`guess-${i}`)).status).toBe(403);
    expect((await code(codes[0] as string)).status).toBe(429);
    now += 31_000;
    expect((await code(codes[0] as string)).status).toBe(303);
  });

  it('enrols with consent, after a code, not long ago', async () => {
    await password();
    expect(await errorOf(await enrol())).toEqual([403, 'confirm_first']);
    await code(codes[0] as string);
    expect(await errorOf(await enrol({ consent: 'no' }))).toEqual([400, 'consent']);
    expect(await errorOf(await enrol({ image: 'no file' }))).toEqual([400, 'pictures']);
    now += 10 * 60_000;
    expect(await errorOf(await enrol())).toEqual([403, 'confirm_first']);
    await code(codes[1] as string);
    expect((await enrol()).status).toBe(201);
    expect(visavis.enrol).toHaveBeenCalledTimes(1);
    expect(visavis.enrol.mock.lastCall?.[0]).toMatchObject({ subject });
    expect(visavis.resetAttempts).toHaveBeenCalledWith(subject);
    expect(await (await get('/')).text()).toContain('You agreed on');
  });

  it('does not let a face alone change the face', async () => {
    await enrolled();
    await password();
    await start();
    await finish(await sign({ sub: subject, nonce: nonce() }));
    expect(await isIn()).toBe(true);
    expect(await errorOf(await enrol())).toEqual([403, 'confirm_first']);
  });

  it('deletes the face, here and its attempts there', async () => {
    await enrolled();
    await password();
    await send('POST', '/face/delete'); // by the password alone: no
    expect((await start()).status).toBe(201);
    await code(codes[1] as string);
    visavis.resetAttempts.mockClear();
    expect(await (await send('POST', '/face/delete')).text()).toContain('Your face is deleted');
    expect(visavis.resetAttempts).toHaveBeenCalledWith(subject);
    expect(await errorOf(await start())).toEqual([409, 'not_enrolled']);
  });

  it.each<[ApiErrorCode, number, string]>([
    ['template_expired', 409, 'enrol_again'],
    ['template_model_mismatch', 409, 'enrol_again'],
    ['template_invalid', 409, 'enrol_again'],
    ['too_many_attempts', 429, 'wait'],
    ['subject_locked', 423, 'locked'],
    ['not_configured', 503, 'unavailable'],
  ])('shows a way on when the deployment answers %s', async (answer, status, error) => {
    await enrolled();
    await password();
    visavis.challenge.mockRejectedValue(refusal(answer, {}, 30));
    expect(await errorOf(await start())).toEqual([status, error]);
    expect((await get('/second')).status).toBe(200);
    expect((await code(codes[1] as string)).status).toBe(303); // the way without a face is open
    expect(await isIn()).toBe(true);
  });

  it('keeps a template that may be worth something again: keys are changed, and put back', async () => {
    await enrolled();
    await password();
    for (const code of ['template_invalid', 'template_model_mismatch'] as const) {
      visavis.challenge.mockRejectedValueOnce(refusal(code));
      await start();
      visavis.challenge.mockRejectedValueOnce(refusal(code));
      expect(await errorOf(await start())).toEqual([409, 'enrol_again']);
    }
  });

  it('drops a template that is worth nothing any more', async () => {
    await enrolled();
    await password();
    visavis.challenge.mockRejectedValueOnce(refusal('template_expired'));
    await start();
    expect(await errorOf(await start())).toEqual([409, 'not_enrolled']);
  });

  it('says what is wrong with a picture, and keeps nothing of it', async () => {
    await password();
    await code(codes[0] as string);
    const more = { field: 'image', reasons: ['blurred'] };
    visavis.enrol.mockRejectedValue(refusal('low_quality', more));
    const answer = await enrol();
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({ error: 'picture', ...more });
    expect(await errorOf(await start())).toEqual([409, 'not_enrolled']);
  });

  it('answers when the deployment cannot be reached', async () => {
    await enrolled();
    await password();
    visavis.challenge.mockRejectedValue(new TypeError('fetch failed'));
    expect(await errorOf(await start())).toEqual([503, 'unavailable']);
    expect(log).toEqual(['TypeError: fetch failed']);
  });

  it('ends a session after an hour', async () => {
    await password();
    await code(codes[0] as string);
    now += 60 * 60_000;
    expect(await isIn()).toBe(false);
  });

  it('lets its pages load its own files and the deployment, and nothing else', async () => {
    const page = await get('/');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain(`connect-src 'self' ${VISAVIS};`);
    expect((await get('/app.js')).headers.get('content-type')).toBe('text/javascript');
  });
});
