/** The example relying party's backend: who is let in. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ExampleVisit,
  errorOf,
  ORIGIN,
  publishKeys,
  sign,
  VISAVIS,
} from '../support/node/example-visit.ts';

publishKeys();

describe('the example login', () => {
  let visit: ExampleVisit;
  beforeEach(() => {
    visit = new ExampleVisit();
  });

  it('lets in by password and code, each code once', async () => {
    expect((await visit.password()).status).toBe(303);
    expect(await visit.isIn()).toBe(false);
    expect(
      (await visit.code((visit.codes[0] as string).toLowerCase().replace('-', ' '))).status,
    ).toBe(303);
    expect(await visit.isIn()).toBe(true);
    await visit.send('POST', '/signout');
    await visit.password();
    expect((await visit.code(visit.codes[0] as string)).status).toBe(403);
    expect(await visit.isIn()).toBe(false);
  });

  it('lets in by password and face', async () => {
    await visit.enrolled();
    await visit.password();
    const challenge = await visit.start();
    expect(await challenge.json()).toEqual({ id: 'c-1', challenge: 'a.b.c.d.e' });
    expect(visit.visavis.challenge).toHaveBeenCalledWith({
      subject: visit.subject,
      template: 'sealed',
      audience: ORIGIN,
      nonce: expect.stringMatching(/^[\w-]{32}$/),
    });
    const before = visit.cookie;
    const answer = await visit.finish(await sign({ sub: visit.subject, nonce: visit.nonce() }));
    expect(await answer.json()).toEqual({ ok: true });
    expect(await visit.isIn()).toBe(true);
    expect(visit.cookie).not.toBe(before); // a session that somebody knew before is worth nothing now
    visit.cookie = before;
    expect(await visit.isIn()).toBe(false);
  });

  it('keeps its session from scripts, other sites and plain HTTP', async () => {
    const set = (await visit.password()).headers.get('set-cookie');
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
    await visit.enrolled();
    await visit.password();
    await visit.start();
    const assertion = await sign({ sub: visit.subject, nonce: visit.nonce(), ...change() });
    expect(await errorOf(await visit.finish(assertion))).toEqual([403, 'refused']);
    expect(visit.log).toEqual([`an assertion for ${visit.subject} was refused: ${reason}`]);
    expect(await visit.isIn()).toBe(false);
  });

  it('takes an assertion once, and none without a challenge of this session', async () => {
    await visit.enrolled();
    await visit.password();
    await visit.start();
    const used = visit.nonce();
    const assertion = await sign({ sub: visit.subject, nonce: used });
    expect((await visit.finish(assertion)).status).toBe(200);
    expect(await errorOf(await visit.finish(assertion))).toEqual([403, 'refused']);
    await visit.send('POST', '/signout');
    await visit.password();
    expect(await errorOf(await visit.finish(assertion))).toEqual([403, 'refused']);
    await visit.start();
    expect(visit.nonce()).not.toBe(used);
    expect(await errorOf(await visit.finish(assertion))).toEqual([403, 'refused']);
    expect(await visit.isIn()).toBe(false);
  });

  it('uses up a nonce by whatever is sent for it', async () => {
    await visit.enrolled();
    await visit.password();
    await visit.start();
    const assertion = await sign({ sub: visit.subject, nonce: visit.nonce() });
    expect(await errorOf(await visit.finish('nonsense'))).toEqual([403, 'refused']);
    expect(await errorOf(await visit.finish(assertion))).toEqual([403, 'refused']);
    await visit.start();
    expect(await errorOf(await visit.finish(7))).toEqual([403, 'refused']);
    expect(await visit.isIn()).toBe(false);
  });

  it("does not take another person's session for one's own", async () => {
    await visit.enrolled();
    await visit.password('bob');
    expect(await errorOf(await visit.start())).toEqual([409, 'not_enrolled']);
    expect(await errorOf(await visit.finish(await sign({ sub: visit.subject })))).toEqual([
      403,
      'refused',
    ]);
    expect((await visit.code(visit.codes[1] as string)).status).toBe(403); // ada's
    expect(await visit.isIn()).toBe(false);
  });

  it('asks for the password first, everywhere', async () => {
    for (const path of ['/face/start', '/face/finish', '/face/enrol', '/face/delete']) {
      expect(await errorOf(await visit.send('POST', path)), path).toEqual([401, 'password_first']);
    }
    expect((await visit.code(visit.codes[0] as string)).headers.get('location')).toBe('/');
    expect((await visit.get('/second')).headers.get('location')).toBe('/');
    expect((await visit.password('ada', 'wrong')).status).toBe(403);
    expect((await visit.password('nobody')).status).toBe(403);
    expect(await visit.isIn()).toBe(false);
    expect(visit.visavis.challenge).not.toHaveBeenCalled();
  });

  it('does nothing for other sites', async () => {
    await visit.password();
    for (const origin of ['https://evil.test', 'null', '']) {
      const body = visit.form({ code: visit.codes[0] as string });
      expect((await visit.send('POST', '/code', body, { origin })).status, origin).toBe(403);
    }
    expect((await visit.code(visit.codes[0] as string)).status).toBe(303); // it was not used up
  });

  it('slows guessing of passwords and of codes', async () => {
    for (let i = 0; i < 5; i++) expect((await visit.password('ada', `${i}`)).status).toBe(403);
    expect((await visit.password()).status).toBe(429);
    visit.now += 31_000;
    expect((await visit.password()).status).toBe(303);
    for (let i = 0; i < 5; i++) expect((await visit.code(`guess-${i}`)).status).toBe(403);
    expect((await visit.code(visit.codes[0] as string)).status).toBe(429);
    visit.now += 31_000;
    expect((await visit.code(visit.codes[0] as string)).status).toBe(303);
  });

  it('ends a session after an hour', async () => {
    await visit.password();
    await visit.code(visit.codes[0] as string);
    visit.now += 60 * 60_000;
    expect(await visit.isIn()).toBe(false);
  });

  it('lets its pages load its own files and the deployment, and nothing else', async () => {
    const page = await visit.get('/');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain(`connect-src 'self' ${VISAVIS};`);
    expect((await visit.get('/app.js')).headers.get('content-type')).toBe('text/javascript');
  });
});
