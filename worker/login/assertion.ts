/**
 * Assertions: what a login ends with, a JWT (RFC 7519) for the relying party's backend.
 *
 * It says who it is from, for whom, about whom, and in answer to which nonce; not how alike the
 * faces were. The keys in the secret `ASSERTION_KEYS` sign; their public halves are at
 * `/.well-known/jwks.json`.
 */
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose';
import {
  DEVELOPMENT_ASSERTION_KEYS,
  type Environment,
  isDevelopment,
} from '../auth/development.ts';
import { Refusal } from '../errors.ts';
import { ASSERTION_SECONDS } from '../limits.ts';
import { logConfiguration } from '../log.ts';

export interface AssertionConfig extends Environment {
  /** The secret: a JSON array of private EC keys (RFC 7517) on P-256. The first signs. */
  readonly ASSERTION_KEYS?: string;
}

const ASSERTION_TYPE = 'visavis-assertion+jwt';

/** Authentication method: by face, against actions asked for (OpenID Connect Core section 2). */
const ASSERTION_ACR = 'urn:visavis:face:challenge';

const ALG = 'ES256';

/** Claims of a login, under JWT's names; the rest is the same for all, or new each time. */
export interface AssertionClaims {
  /** Issuer: this deployment. */
  readonly iss: string;
  /** Audience: the relying party. */
  readonly aud: string;
  /** Subject: whose face it was. */
  readonly sub: string;
  readonly tenant: string;
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly iat: number;
  /** The same; at most `ASSERTION_SECONDS` after `iat`. */
  readonly exp: number;
  /** The false-accept rate at which the face was taken for the subject's. */
  readonly far: number;
  readonly model: string;
}

/** Public key as published: never with `d`. */
export interface PublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: typeof ALG;
}

interface Signer {
  readonly privateKey: CryptoKey;
  readonly publicKey: PublicKey;
}

/** @throws Refusal `not_configured` while there is no key */
export async function signAssertion(
  claims: AssertionClaims,
  config: AssertionConfig,
): Promise<string> {
  const [{ privateKey, publicKey }] = await signers(config);
  // Named one by one: what else an object may carry, a distance say, stays here.
  const { iss, aud, sub, tenant, nonce, iat, exp, far, model } = claims;
  if (!(exp > iat && exp <= iat + ASSERTION_SECONDS)) throw new RangeError('lives too long');
  const jti = crypto.randomUUID();
  const amr = ['face'];
  const acr = ASSERTION_ACR;
  return new SignJWT({ iss, aud, sub, tenant, nonce, jti, iat, exp, amr, acr, far, model })
    .setProtectedHeader({ alg: ALG, kid: publicKey.kid, typ: ASSERTION_TYPE })
    .sign(privateKey);
}

/** @throws Refusal `not_configured` while there is no key */
export async function publicKeys(config: AssertionConfig): Promise<readonly PublicKey[]> {
  return (await signers(config)).map(({ publicKey }) => publicKey);
}

type Signers = readonly [Signer, ...Signer[]];

/** Memo of the keys, as in `sealed-token.ts`: not a promise. */
let parsed: { secret: string; signers: Signers | undefined } | undefined;

async function signers(config: AssertionConfig): Promise<Signers> {
  const fallback = isDevelopment(config) ? DEVELOPMENT_ASSERTION_KEYS : '';
  const secret = config.ASSERTION_KEYS || fallback;
  const found = parsed?.secret === secret ? parsed.signers : await parseOrLog(secret);
  parsed = { secret, signers: found };
  if (found) return found;
  const detail = 'The secret ASSERTION_KEYS is missing or cannot be read.';
  throw new Refusal({ code: 'not_configured', detail });
}

async function parseOrLog(secret: string): Promise<Signers | undefined> {
  try {
    return await parseSigners(secret);
  } catch (error) {
    logConfiguration(`ASSERTION_KEYS is ${(error as Error).message}`);
    return undefined;
  }
}

/**
 * @returns undefined for an empty secret
 * @throws TypeError when any key is wrong; its message has nothing of the secret
 */
export async function parseSigners(secret: string): Promise<Signers | undefined> {
  if (secret.trim() === '') return undefined;
  let signers: readonly Signer[];
  try {
    const jwks: unknown = JSON.parse(secret);
    if (!Array.isArray(jwks)) throw new TypeError('not a list');
    signers = await Promise.all(jwks.map(importSigner));
  } catch {
    // Whatever was thrown may quote the secret.
    throw new TypeError('not a list of private EC keys on P-256 as JWK');
  }
  // Whoever checks assertions finds two keys by one name, and takes neither.
  const names = new Set(signers.map(({ publicKey }) => publicKey.kid));
  if (names.size < signers.length) throw new TypeError('a list with one key twice');
  const [first, ...others] = signers;
  return first && [first, ...others];
}

async function importSigner(jwk: JWK): Promise<Signer> {
  const { kty, crv, x, y, d } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y || !d) throw new TypeError('not a P-256 key');
  const point = { kty: 'EC', crv, x, y } as const;
  const publicKey = {
    ...point,
    kid: await calculateJwkThumbprint(point),
    use: 'sig',
    alg: ALG,
  } as const;
  // Halves that do not belong together, or no point of the curve, are refused by the import.
  const privateKey = (await importJWK({ ...point, d }, ALG)) as CryptoKey;
  return { privateKey, publicKey };
}
