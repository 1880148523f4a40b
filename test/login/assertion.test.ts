import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEVELOPMENT_ASSERTION_KEYS } from '../../worker/auth/development.ts';
import { ASSERTION_SECONDS } from '../../worker/limits.ts';
import { publicKeys, signAssertion } from '../../worker/login/assertion.ts';

async function newKey(alg = 'ES256') {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return exportJWK(privateKey);
}

const KEY = await newKey();
const OTHER = await newKey();
const configOf = (...keys: unknown[]) => ({ ASSERTION_KEYS: JSON.stringify(keys) });
const config = configOf(KEY);

const iat = Math.floor(Date.now() / 1000);
const CLAIMS = {
  iss: 'https://visavis.example',
  aud: 'https://shop.example',
  sub: 'u-1',
  tenant: 'shop',
  nonce: 'n'.repeat(16),
  iat,
  exp: iat + ASSERTION_SECONDS,
  far: 0.0001,
  model: 'inception-small-2-0011223344556677',
};

describe('a list with one key twice', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is refused: of two keys by one name whoever checks assertions takes neither', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await expect(publicKeys(configOf(KEY, OTHER, KEY))).rejects.toMatchObject({
      failure: { code: 'not_configured' },
    });
    expect(log.mock.calls[0]?.[0]).toContain('ASSERTION_KEYS is a list with one key twice');
    expect(await publicKeys(configOf(KEY, OTHER))).toHaveLength(2);
  });
});

describe('signAssertion', () => {
  it('signs what a relying party asks about, and nothing about how alike the faces are', async () => {
    const measured = { ...CLAIMS, distance: 0.4, score: 4.2 };
    const token = await signAssertion(measured, config);
    const { kid } = (await publicKeys(config))[0] as { kid: string };
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'ES256',
      kid,
      typ: 'visavis-assertion+jwt',
    });
    const { jti, ...claims } = decodeJwt(token);
    expect(claims).toEqual({ ...CLAIMS, amr: ['face'], acr: 'urn:visavis:face:challenge' });
    expect(jti).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('gives each an id of its own', async () => {
    const tokens = await Promise.all([
      signAssertion(CLAIMS, config),
      signAssertion(CLAIMS, config),
    ]);
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(2);
  });

  it('is checked with the published keys', async () => {
    const keySet = createLocalJWKSet({
      keys: (await publicKeys(config)).map((key) => ({ ...key })),
    });
    const token = await signAssertion(CLAIMS, config);
    const { payload } = await jwtVerify(token, keySet, { algorithms: ['ES256'] });
    expect(payload.sub).toBe('u-1');
    const foreign = await signAssertion(CLAIMS, configOf(OTHER));
    await expect(jwtVerify(foreign, keySet)).rejects.toThrow();
  });

  it('signs nothing that lives longer than it should, or not at all', async () => {
    for (const exp of [iat, iat - 1, iat + ASSERTION_SECONDS + 1, Number.NaN]) {
      await expect(signAssertion({ ...CLAIMS, exp }, config)).rejects.toThrow(RangeError);
    }
    expect(ASSERTION_SECONDS).toBeLessThanOrEqual(120);
  });

  it('signs with the first of the keys; the others are still published', async () => {
    const rotated = configOf(OTHER, KEY);
    const token = await signAssertion(CLAIMS, rotated);
    const published = await publicKeys(rotated);
    expect(decodeProtectedHeader(token).kid).toBe(published[0]?.kid);
    const keySet = createLocalJWKSet({ keys: published.map((key) => ({ ...key })) });
    await jwtVerify(token, keySet);
    await jwtVerify(await signAssertion(CLAIMS, config), keySet); // from before the rotation
  });
});

describe('publicKeys', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are the public halves, named by their thumbprints (RFC 7638)', async () => {
    const { kty, crv, x, y, d } = KEY;
    const [published, ...others] = await publicKeys(config);
    expect(others).toEqual([]);
    expect(published).toEqual({
      kty,
      crv,
      x,
      y,
      kid: await calculateJwkThumbprint(KEY),
      use: 'sig',
      alg: 'ES256',
    });
    expect(JSON.stringify(published)).not.toContain(d);
  });

  it('are closed while there is no key, or when any is wrong', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { d: _, ...publicHalf } = KEY;
    const secrets = [
      'text',
      '{}',
      JSON.stringify(KEY),
      JSON.stringify([publicHalf]),
      JSON.stringify([KEY, publicHalf]),
      JSON.stringify([KEY, null]),
      JSON.stringify([{ ...KEY, d: OTHER.d }]), // halves of two keys
      JSON.stringify([{ ...KEY, crv: 'P-384' }]),
      JSON.stringify([await newKey('ES384')]),
      JSON.stringify([await newKey('Ed25519')]),
    ];
    for (const ASSERTION_KEYS of [' ', ...secrets]) {
      for (const ENVIRONMENT of ['production', 'development']) {
        const bad = { ASSERTION_KEYS, ENVIRONMENT };
        const closed = { failure: { code: 'not_configured' } };
        await expect(publicKeys(bad), ASSERTION_KEYS).rejects.toMatchObject(closed);
        await expect(signAssertion(CLAIMS, bad)).rejects.toMatchObject(closed);
      }
    }
    expect(log).toHaveBeenCalledTimes(secrets.length);
    expect(JSON.stringify(log.mock.calls)).not.toContain(KEY.d?.slice(0, 10));
  });

  it('are the documented ones in development only', async () => {
    const documented = await publicKeys({ ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS });
    for (const none of [{}, { ASSERTION_KEYS: '' }]) {
      expect(await publicKeys({ ENVIRONMENT: 'development', ...none })).toEqual(documented);
      await expect(publicKeys(none)).rejects.toMatchObject({ failure: { code: 'not_configured' } });
    }
    for (const wrong of [
      { ENVIRONMENT: '' },
      { ENVIRONMENT: 'production' },
      { ENVIRONMENT: 'Development' },
    ]) {
      await expect(publicKeys(wrong)).rejects.toMatchObject({
        failure: { code: 'not_configured' },
      });
    }
    const own = await publicKeys({ ...config, ENVIRONMENT: 'development' });
    expect(own).toEqual(await publicKeys(config));
  });
});
