import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AssertionExpectations,
  AssertionRefused,
  type Reason,
  rememberInMemory,
  verifyAssertion,
} from '../../client/assertion.ts';
import { ConnectionError } from '../../client/errors.ts';

const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = {
  iss: 'https://faces.test',
  aud: 'https://shop.test',
  sub: 'user-1',
  tenant: 'shop',
  nonce: '0123456789abcdef',
  jti: 'a-jti',
  iat: NOW,
  exp: NOW + 60,
  amr: ['face'],
  acr: 'urn:visavis:face:challenge',
  far: 0.0001,
  model: 'inception-small-2',
};
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'visavis-assertion+jwt' };

let jwks: JSONWebKeySet;
let privateKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = pair.privateKey as CryptoKey;
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
});

function sign(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: CryptoKey | Uint8Array = privateKey,
): Promise<string> {
  const all = { ...CLAIMS, ...claims } as JWTPayload;
  for (const name of Object.keys(claims)) if (all[name] === undefined) delete all[name];
  return new SignJWT(all).setProtectedHeader({ ...HEADER, ...header }).sign(key);
}

const expected = (more: Partial<AssertionExpectations> = {}): AssertionExpectations => ({
  issuer: CLAIMS.iss,
  audience: CLAIMS.aud,
  tenant: CLAIMS.tenant,
  nonce: CLAIMS.nonce,
  subject: CLAIMS.sub,
  seen: () => false,
  jwks,
  ...more,
});

async function refusal(token: string, more: Partial<AssertionExpectations> = {}): Promise<Reason> {
  const error = await verifyAssertion(token, expected(more)).then(
    () => 'accepted',
    (error) => error,
  );
  expect(error).toBeInstanceOf(AssertionRefused);
  return error.reason;
}

/** JSON as JWS writes it, for tokens that no library would make. */
const part = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

describe('an assertion', () => {
  it('is not looked at where it is not said what is expected', async () => {
    const token = await sign();
    for (const name of ['issuer', 'audience', 'tenant', 'nonce', 'subject'] as const) {
      for (const value of [undefined, '']) {
        const lacking = { ...expected(), [name]: value } as AssertionExpectations;
        await expect(verifyAssertion(token, lacking), name).rejects.toThrow(TypeError);
      }
    }
  });

  it('has no keys at an issuer without its scheme, and says which option that is', async () => {
    const { jwks: _, ...remote } = expected({ issuer: 'faces.test' });
    const error = await verifyAssertion(await sign(), remote).catch((error) => error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('`issuer`');
  });

  it('at a looser rate than is taken is refused', async () => {
    expect(await refusal(await sign({ far: 0.01 }))).toBe('far');
    expect(await refusal(await sign({ far: undefined }))).toBe('far');
    expect(await refusal(await sign({ far: '0.0001' as never }), { maxFar: 0 })).toBe('far');
    expect(await refusal(await sign({ far: 0.001 }), { maxFar: 1e-4 })).toBe('far');
    expect(await verifyAssertion(await sign({ far: 0.001 }), expected())).toMatchObject({
      far: 0.001,
    });
  });

  it('is accepted, and says who logged in', async () => {
    expect(await verifyAssertion(await sign(), expected())).toEqual(CLAIMS);
  });

  it.each<[string, Record<string, unknown>, Reason]>([
    ['another deployment', { iss: 'https://evil.test' }, 'issuer'],
    ['nobody in particular', { iss: undefined }, 'issuer'],
    ['another relying party', { aud: 'https://other.test' }, 'audience'],
    ['no relying party', { aud: undefined }, 'audience'],
    ['several relying parties', { aud: [CLAIMS.aud, 'https://other.test'] }, 'audience'],
    ['another tenant', { tenant: 'other' }, 'tenant'],
    ['no tenant', { tenant: undefined }, 'tenant'],
    ['another person', { sub: 'user-2' }, 'subject'],
    ['no person', { sub: undefined }, 'subject'],
    ['another login', { nonce: 'fedcba9876543210' }, 'nonce'],
    ['no login', { nonce: undefined }, 'nonce'],
  ])('for %s is refused', async (_, claims, reason) => {
    expect(await refusal(await sign(claims))).toBe(reason);
  });

  it.each<[string, Record<string, unknown>, Reason]>([
    ['is past its end', { iat: NOW - 60, exp: NOW - 10 }, 'expired'],
    ['has no end', { exp: undefined }, 'claims'],
    ['is older than any may be, whatever it says', { iat: NOW - 200, exp: NOW + 600 }, 'expired'],
    ['was made in the future', { iat: NOW + 600, exp: NOW + 660 }, 'expired'],
    ['does not say when it was made', { iat: undefined }, 'expired'],
    ['has no id', { jti: undefined }, 'claims'],
    ['has an id that is none', { jti: '' }, 'claims'],
    ['has an id of another kind', { jti: 7 }, 'claims'],
  ])('that %s is refused', async (_, claims, reason) => {
    expect(await refusal(await sign(claims))).toBe(reason);
  });

  it('is valid until its end by the clock it is given', async () => {
    const token = await sign();
    const at = (seconds: number) => ({ currentDate: new Date((CLAIMS.exp + seconds) * 1000) });
    await verifyAssertion(token, expected(at(-1)));
    await verifyAssertion(token, expected(at(4))); // within the leeway
    expect(await refusal(token, at(6))).toBe('expired');
  });

  it('of another type is refused', async () => {
    expect(await refusal(await sign({}, { typ: 'JWT' }))).toBe('type');
    expect(await refusal(await sign({}, { typ: undefined }))).toBe('type');
  });

  it('signed with another key is refused', async () => {
    const other = await generateKeyPair('ES256');
    const token = await sign({}, {}, other.privateKey as CryptoKey);
    expect(await refusal(token)).toBe('signature');
    expect(await refusal(await sign({}, { kid: 'k2' }))).toBe('key');
  });

  it('changed after it was signed is refused', async () => {
    const [header, , signature] = (await sign()).split('.');
    const token = `${header}.${part({ ...CLAIMS, tenant: 'other' })}.${signature}`;
    expect(await refusal(token, { tenant: 'other' })).toBe('signature');
  });

  it('without a signature is refused', async () => {
    const body = part(CLAIMS);
    expect(await refusal(`${part({ ...HEADER, alg: 'none' })}.${body}.`)).toBe('algorithm');
    expect(await refusal('not.a.token')).toBe('malformed');
    expect(await refusal('')).toBe('malformed');
  });

  it('signed by another algorithm is refused, even with a key of ours that could check it', async () => {
    const { publicKey, privateKey: other } = await generateKeyPair('ES384', { extractable: true });
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k3' }] };
    const token = await sign({}, { alg: 'ES384', kid: 'k3' }, other as CryptoKey);
    expect(await refusal(token, { jwks: keys })).toBe('algorithm');
    const secret = crypto.getRandomValues(new Uint8Array(32));
    expect(await refusal(await sign({}, { alg: 'HS256' }, secret))).toBe('algorithm');
  });

  it('is accepted once', async () => {
    const seen = rememberInMemory();
    const token = await sign();
    await verifyAssertion(token, expected({ seen }));
    expect(await refusal(token, { seen })).toBe('used');
    await verifyAssertion(await sign({ jti: 'another' }), expected({ seen }));
  });

  it('is refused where the store does not say that it is new', async () => {
    const silent = (() => undefined) as unknown as AssertionExpectations['seen'];
    expect(await refusal(await sign(), { seen: silent })).toBe('used');
  });

  it('is remembered only when it is genuine, and until it is of no use to anybody', async () => {
    const asked: [string, number][] = [];
    const seen = (jti: string, exp: number) => {
      asked.push([jti, exp]);
      return false;
    };
    for (const claims of [{ nonce: 'x' }, { sub: 'x' }, { tenant: 'x' }, { aud: 'x' }]) {
      await refusal(await sign(claims), { seen });
    }
    expect(asked).toEqual([]);
    await verifyAssertion(await sign(), expected({ seen }));
    expect(asked).toEqual([['a-jti', CLAIMS.exp + 5]]);
  });
});

describe('rememberInMemory', () => {
  it('forgets what has expired', () => {
    let now = 1_000;
    const seen = rememberInMemory(() => now);
    expect(seen('a', 1_010)).toBe(false);
    now = 1_009;
    expect(seen('a', 1_010)).toBe(true);
    now = 1_010;
    expect(seen('a', 1_020)).toBe(false);
  });
});

describe('the keys', () => {
  it('are fetched from the issuer, and again when an unknown one signs', async () => {
    const fetched: string[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = async (input) => {
      fetched.push(input instanceof Request ? input.url : String(input));
      return Response.json(jwks);
    };
    try {
      const { jwks: _, ...remote } = expected();
      await verifyAssertion(await sign(), remote);
      await verifyAssertion(await sign(), remote);
      expect(fetched).toEqual(['https://faces.test/.well-known/jwks.json']);
      const elsewhere = { ...remote, jwksUrl: 'https://keys.test/jwks' };
      await verifyAssertion(await sign(), elsewhere);
      expect(fetched.at(-1)).toBe('https://keys.test/jwks');
    } finally {
      globalThis.fetch = original;
    }
  });

  it('that cannot be had are not the assertion’s fault', async () => {
    const original = globalThis.fetch;
    const answers = [
      () => new Response('down', { status: 500 }),
      () => new Response('<html>', { status: 200 }),
      () => Response.json({ keys: 'none' }),
      () => Response.redirect('https://evil.test/jwks', 302),
      () => Promise.reject(new TypeError('fetch failed')),
    ];
    try {
      for (const [i, answer] of answers.entries()) {
        globalThis.fetch = async () => answer();
        const { jwks: _, ...remote } = expected({ jwksUrl: `https://down.test/${i}` });
        const error = await verifyAssertion(await sign(), remote).catch((error) => error);
        expect(error).toBeInstanceOf(ConnectionError);
        expect(error.code).toBe('unreachable');
      }
    } finally {
      globalThis.fetch = original;
    }
  });
});
