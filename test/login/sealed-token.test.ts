import { base64url, CompactEncrypt } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEVELOPMENT_TEMPLATE_KEYS } from '../../worker/auth/development.ts';
import { MAX_TOKEN_CHARACTERS } from '../../worker/limits.ts';
import {
  InvalidTokenError,
  type KeyRing,
  keyRing,
  open,
  seal,
} from '../../worker/login/sealed-token.ts';

const newKey = () => base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
const ringOf = (...keys: string[]) => keyRing({ TEMPLATE_KEYS: keys.join('\n') });

const KEY = newKey();
const ring = await ringOf(KEY);
const [{ kid }] = ring;
const PAYLOAD = { v: 1, tenant: 'shop', text: 'naïve ☂', list: [1, 2.5, null] };

const broken = (token: string, keys: KeyRing = ring, kind: 'template' | 'challenge' = 'template') =>
  expect(open(kind, token, keys)).rejects.toBeInstanceOf(InvalidTokenError);

/** A token with the right key and any header, as only who has the key can make it. */
const forge = (header: Record<string, unknown>, key = base64url.decode(KEY), text = '{}') =>
  new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader(header as { alg: string; enc: string })
    .encrypt(key);

const HEADER = { alg: 'dir', enc: 'A256GCM', kid, typ: 'visavis-template+jwe' };

describe('seal', () => {
  it('opens to what was sealed', async () => {
    const token = await seal('template', PAYLOAD, ring);
    expect(token).toMatch(/^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    expect(await open('template', token, ring)).toEqual(PAYLOAD);
  });

  it('has a header that names the key, the algorithm and the kind, and says no more', async () => {
    const header = async (kind: 'template' | 'challenge') => {
      const [part] = (await seal(kind, PAYLOAD, ring)).split('.');
      return JSON.parse(new TextDecoder().decode(base64url.decode(part as string)));
    };
    expect(await header('template')).toEqual(HEADER);
    expect(await header('challenge')).toEqual({ ...HEADER, typ: 'visavis-challenge+jwe' });
    expect(kid).toMatch(/^[\w-]{11}$/); // 8 bytes: it names the key, and does not give it away
    expect(KEY).not.toContain(kid);
  });

  it('never makes the same token twice', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => seal('template', {}, ring)));
    expect(new Set(tokens.map((token) => token.split('.')[2])).size).toBe(20);
  });

  it('is broken by any change to any character', async () => {
    const token = await seal('template', { a: 1 }, ring);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < token.length; i++) {
      const at = alphabet.indexOf(token.charAt(i));
      if (at < 0) continue; // the dots
      // The lowest bit means nothing in some last characters: it must not pass there either.
      for (const other of [alphabet[at ^ 1], alphabet[(at + 32) % 64]]) {
        await broken(token.slice(0, i) + other + token.slice(i + 1));
      }
    }
  });

  it('passes for no other kind of token', async () => {
    await broken(await seal('challenge', PAYLOAD, ring), ring, 'template');
    await broken(await seal('template', PAYLOAD, ring), ring, 'challenge');
    await broken(await forge({ ...HEADER, typ: 'JWT' }));
    await broken(await forge({ ...HEADER, typ: undefined }));
    expect(await open('template', await forge(HEADER), ring)).toEqual({});
  });

  it('opens with each of the keys, and is sealed with the first', async () => {
    const newer = newKey();
    const both = await ringOf(newer, KEY);
    const old = await seal('template', PAYLOAD, ring);
    expect(await open('template', old, both)).toEqual(PAYLOAD);
    const fresh = await seal('template', PAYLOAD, both);
    expect(await open('template', fresh, await ringOf(newer))).toEqual(PAYLOAD);
    await broken(fresh, ring);
    await broken(old, await ringOf(newer));
  });

  it('is of its key, whatever key it names', async () => {
    await broken(await forge(HEADER, crypto.getRandomValues(new Uint8Array(32))));
    await broken(await forge({ ...HEADER, kid: undefined }));
    await broken(await forge({ ...HEADER, kid: 'AAAAAAAAAAA' }));
  });

  it('takes no other algorithm', async () => {
    const key = base64url.decode(KEY);
    await broken(await forge({ ...HEADER, enc: 'A128CBC-HS256' }, key));
    await broken(await forge({ ...HEADER, alg: 'A256KW' }, key));
    await broken(await forge({ ...HEADER, alg: 'A256GCMKW' }, key));
    // RFC 7516 section 4.1.3: compressed, a short token could open to a large one.
    await broken(await forge({ ...HEADER, zip: 'DEF' }, key));
  });

  it('takes nothing that is not JSON', async () => {
    await broken(await forge(HEADER, base64url.decode(KEY), 'text'));
  });

  it('takes nothing that is too long, and does not even look at it', async () => {
    const sealed = (length: number) => seal('template', { a: 'a'.repeat(length) }, ring);
    const longest = Math.floor((MAX_TOKEN_CHARACTERS - (await sealed(0)).length) / 4) * 3;
    expect((await sealed(longest)).length).toBeLessThanOrEqual(MAX_TOKEN_CHARACTERS);
    await open('template', await sealed(longest), ring);
    await broken(await sealed(longest + 6));
  });

  it.each(['', '.', '....', 'a..b.c.d', 'a.b.c', `${'a'.repeat(40)}....`, 'visavis'])(
    'takes no %j',
    (token) => broken(token),
  );
});

describe('keyRing', () => {
  afterEach(() => vi.restoreAllMocks());

  it('reads keys between white space and commas', async () => {
    const other = newKey();
    const kids = async (secret: string) =>
      (await keyRing({ TEMPLATE_KEYS: secret })).map(({ kid }) => kid);
    const expected = await kids(`${KEY} ${other}`);
    expect(expected).toHaveLength(2);
    expect(expected[0]).toBe(kid);
    expect(await kids(` ${KEY},\n${other}\n`)).toEqual(expected);
    expect(await kids(`${other},${KEY}`)).toEqual(expected.reverse());
  });

  it('is closed while there is no key, or when any is wrong', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const secrets = [
      KEY.slice(0, -1),
      base64url.encode(new Uint8Array(16)),
      base64url.encode(new Uint8Array(33)),
      `${KEY},short`,
      `${KEY},${KEY}`, // pasted twice: the rotation has not taken place
      '!'.repeat(43),
      `${KEY.slice(0, -1)}B`, // bits behind the last byte: not what was made
      [...base64url.decode(KEY)].map((b) => b.toString(16).padStart(2, '0')).join(''),
    ];
    await expect(keyRing({ TEMPLATE_KEYS: '' })).rejects.toMatchObject({
      failure: { code: 'not_configured' },
    });
    for (const TEMPLATE_KEYS of [' ', ',', ...secrets]) {
      for (const ENVIRONMENT of ['production', 'development']) {
        const closed = keyRing({ TEMPLATE_KEYS, ENVIRONMENT });
        await expect(closed).rejects.toMatchObject({ failure: { code: 'not_configured' } });
      }
    }
    await expect(keyRing({})).rejects.toMatchObject({ failure: { code: 'not_configured' } });
    expect(log).toHaveBeenCalledTimes(secrets.length);
    expect(JSON.stringify(log.mock.calls)).not.toContain(KEY.slice(0, 10));
  });

  it('has the documented key in development only', async () => {
    const [documented] = await keyRing({ TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS });
    for (const none of [{}, { TEMPLATE_KEYS: '' }]) {
      expect(await keyRing({ ENVIRONMENT: 'development', ...none })).toEqual([documented]);
    }
    for (const ENVIRONMENT of ['production', 'Development', '']) {
      await expect(keyRing({ ENVIRONMENT })).rejects.toMatchObject({
        failure: { code: 'not_configured' },
      });
    }
    // One's own keys are enough: a token of the documented one is then a stranger's.
    const own = await keyRing({ ENVIRONMENT: 'development', TEMPLATE_KEYS: KEY });
    expect(own.map(({ kid }) => kid)).toEqual([kid]);
  });
});
