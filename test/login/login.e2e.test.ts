/**
 * A whole login over sockets, by the Worker as `npm start` runs it: real networks, real attempts.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoginAnswer } from '../../client/types.ts';
import type { Problem } from '../../worker/errors.ts';
import { AUDIENCE, HttpLogin, KEY, ok, pictures } from '../support/node/http-login.ts';
import { sharedLog, sharedServer } from '../support/node/shared-server.ts';

/** Attempts are kept from run to run. */
const newSubject = () => crypto.randomUUID();

describe('a login over HTTP', () => {
  let server: URL;
  let login: HttpLogin;
  beforeAll(async () => {
    server = await sharedServer();
    login = await HttpLogin.at(server);
  }, 120_000);

  it('goes from pictures to an assertion that the public keys confirm', async () => {
    const nonce = crypto.randomUUID();
    const subject = newSubject();
    const challenge = await login.begin(subject, nonce);
    const frames = login.shoot(['frontal', ...challenge.actions]);
    const response = await login.answer(challenge, frames);
    expect(response.headers.get('access-control-allow-origin')).toBe(AUDIENCE);
    const { assertion } = await ok<LoginAnswer>(response);
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', server));
    const { payload } = await jwtVerify(assertion, jwks, {
      issuer: server.origin,
      audience: AUDIENCE,
      subject,
      algorithms: ['ES256'],
      typ: 'visavis-assertion+jwt',
      requiredClaims: ['jti', 'exp', 'iat'],
    });
    expect(payload).toMatchObject({ tenant: 'development', nonce, amr: ['face'], far: 0.001 });

    const again = await login.answer(challenge, frames);
    expect(again.status).toBe(409);
    expect(((await again.json()) as Problem).code).toBe('challenge_used');
    expect((await login.attempts(subject)).failures).toBe(0);
  });

  it('compares with a template as with a picture', async () => {
    const probe = pictures({ probe: login.frame('frontal') });
    probe.set('reference', await login.enrol('bea'));
    probe.set('subject', 'bea');
    const verified = await ok<object>(await login.post('/v1/verify', probe, KEY));
    expect(verified).toMatchObject({ same: true, reference: { pictures: 1 } });
  });

  it('does not let one in who holds still, and counts it', async () => {
    const subject = newSubject();
    const challenge = await login.begin(subject, crypto.randomUUID());
    const still = login.shoot(['frontal', 'frontal', 'frontal', 'frontal']);
    const response = await login.answer(challenge, still);
    expect(response.status).toBe(403);
    expect(((await response.json()) as Problem).code).toBe('login_failed');
    expect((await login.attempts(subject)).failures).toBe(1);
  });

  it('serves its documentation, and the page in development', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/docs', 'text/html'],
      ['/openapi.json', 'application/json'],
      ['/assets/docs.css', 'text/css'],
      ['/assets/app.js', 'text/javascript'],
    ] as const) {
      const response = await fetch(new URL(path, server));
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type'), path).toContain(type);
      expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
      await response.text();
    }
  });

  it('hangs nobody: workerd never had to cancel a request', async () => {
    expect(await sharedLog()).not.toMatch(/had hung|never generate a response|different request/);
  });
});
