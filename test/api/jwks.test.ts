import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { publicKeys, signAssertion } from '../../worker/login/assertion.ts';
import { call, DEPLOYED, ENV, problemOf } from '../support/api.ts';

const PATH = '/.well-known/jwks.json';
const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const KEY = await exportJWK(privateKey);
const env = {
  ...DEPLOYED,
  ASSERTION_KEYS: JSON.stringify([KEY]),
};

describe('GET /.well-known/jwks.json', () => {
  it('gives the public keys to everybody, and for a while', async () => {
    const response = await call(PATH, {}, { env });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ keys: await publicKeys(env) });
    expect(text).not.toContain(KEY.d);
  });

  it('gives the key that signs', async () => {
    const { keys } = await (await call(PATH)).json<{ keys: { kid: string }[] }>();
    const claims = { iss: 'i', aud: 'a', sub: 's', tenant: 't', nonce: 'n', far: 1e-4, model: 'm' };
    const token = await signAssertion({ ...claims, iat: 1, exp: 2 }, ENV);
    const header = JSON.parse(atob(token.split('.')[0] as string));
    expect(keys.map(({ kid }) => kid)).toEqual([header.kid]);
  });

  it('is read by any page, its errors too', async () => {
    const headers = { origin: 'https://anybody.example' };
    for (const config of [env, DEPLOYED]) {
      const response = await call(PATH, { headers }, { env: config });
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('is closed without a key, and no cache keeps that', async () => {
    const response = await call(PATH, {}, { env: DEPLOYED });
    expect(response.status).toBe(503);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await problemOf(response)).code).toBe('not_configured');
  });
});
