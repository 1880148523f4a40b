/**
 * Sealed tokens: what only this deployment can make, read or change, kept by others for it.
 *
 * A JWE in compact form (RFC 7516), `dir` with A256GCM: encrypted and authenticated with one of
 * the keys in the secret `TEMPLATE_KEYS`. What kind of token it is stands in the protected header
 * (`typ`, RFC 8725 section 3.11), so that none passes for one of another kind.
 */
import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { DEVELOPMENT_TEMPLATE_KEYS, type Environment, isDevelopment } from '../auth/development.ts';
import { Refusal } from '../errors.ts';
import { MAX_EXPORT_CHARACTERS, MAX_TOKEN_CHARACTERS } from '../limits.ts';
import { logConfiguration } from '../log.ts';

export interface SealConfig extends Environment {
  /**
   * The secret: keys of 32 bytes in base64url, between white space or commas. The first seals, all
   * open. Random 96-bit IVs allow 2^32 tokens a key (NIST SP 800-38D section 8.3).
   */
  readonly TEMPLATE_KEYS?: string;
}

const TOKEN_TYPES = {
  template: 'visavis-template+jwe',
  challenge: 'visavis-challenge+jwe',
  gallery: 'visavis-gallery+jwe',
} as const;

const CAPS: Readonly<Record<TokenKind, number>> = {
  template: MAX_TOKEN_CHARACTERS,
  challenge: MAX_TOKEN_CHARACTERS,
  gallery: MAX_EXPORT_CHARACTERS,
};

export type TokenKind = keyof typeof TOKEN_TYPES;

/** A key and its name in the tokens' headers: the first 8 bytes of its SHA-256. */
export interface SealKey {
  readonly kid: string;
  readonly key: Uint8Array;
}

/** The first seals. */
export type KeyRing = readonly [SealKey, ...SealKey[]];

/** Fault of a token: no token at all, sealed with a key that is not here, of another kind, or changed. */
type TokenFault = 'malformed' | 'key' | 'kind' | 'changed';

/** Error of a token that is none of this kind sealed here. The reason is for the log: no oracle. */
export class InvalidTokenError extends Error {
  constructor(readonly reason: TokenFault) {
    super('not sealed here');
    this.name = 'InvalidTokenError';
  }
}

const KEY_BYTES = 32;
const KID_BYTES = 8;

/** Token of a payload, which is written and read as JSON. */
export async function seal(kind: TokenKind, payload: object, keys: KeyRing): Promise<string> {
  const [{ kid, key }] = keys;
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, typ: TOKEN_TYPES[kind] })
    .encrypt(key);
}

/**
 * @throws InvalidTokenError for all that is not a token of this kind, sealed with one of these keys
 */
export async function open(kind: TokenKind, token: string, keys: KeyRing): Promise<unknown> {
  const { kid, typ } = headerOf(token, CAPS[kind]);
  const found = keys.find((candidate) => candidate.kid === kid);
  // Values of the protected header: that they are its true ones is known only once the token is open.
  if (!found) throw new InvalidTokenError('key');
  if (typ !== TOKEN_TYPES[kind]) throw new InvalidTokenError('kind');
  try {
    const { plaintext } = await compactDecrypt(token, found.key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      maxDecompressedLength: 0, // nothing sealed here was compressed
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch {
    throw new InvalidTokenError('changed');
  }
}

function headerOf(token: string, most: number) {
  if (token.length > most || !isCanonical(token)) throw new InvalidTokenError('malformed');
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new InvalidTokenError('malformed');
  }
}

/** Base64url's last character may have bits that mean nothing: one token has one spelling. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => {
    try {
      return base64url.encode(base64url.decode(part)) === part;
    } catch {
      return false;
    }
  });
}

/**
 * The secret changes only with a deployment, that is, with the isolate. What is kept is no promise:
 * one that is awaited in another request than its own may never come.
 */
let parsed: { secret: string; ring: KeyRing | undefined } | undefined;

/** @throws Refusal `not_configured` while there is no key, or when any is wrong */
export async function keyRing(config: SealConfig): Promise<KeyRing> {
  const fallback = isDevelopment(config) ? DEVELOPMENT_TEMPLATE_KEYS : '';
  const secret = config.TEMPLATE_KEYS || fallback;
  const ring = parsed?.secret === secret ? parsed.ring : await parseOrLog(secret);
  parsed = { secret, ring };
  if (ring) return ring;
  const detail = 'The secret TEMPLATE_KEYS is missing or cannot be read.';
  throw new Refusal({ code: 'not_configured', detail });
}

async function parseOrLog(secret: string): Promise<KeyRing | undefined> {
  try {
    return await parseKeyRing(secret);
  } catch (error) {
    logConfiguration(`TEMPLATE_KEYS is ${(error as Error).message}`);
    return undefined;
  }
}

/**
 * @returns undefined for an empty secret
 * @throws TypeError when any key is wrong; its message has nothing of the secret
 */
export async function parseKeyRing(secret: string): Promise<KeyRing | undefined> {
  const words = secret.split(/[\s,]+/).filter((word) => word !== '');
  const keys = words.map(decodeKey);
  if (keys.some((key) => key?.length !== KEY_BYTES)) {
    throw new TypeError(`not a list of ${KEY_BYTES}-byte keys in base64url`);
  }
  if (new Set(words).size < words.length) throw new TypeError('a list with one key twice');
  const [first, ...others] = await Promise.all((keys as Uint8Array<ArrayBuffer>[]).map(name));
  return first && [first, ...others];
}

function decodeKey(word: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const key = Uint8Array.from(base64url.decode(word));
    return base64url.encode(key) === word ? key : undefined;
  } catch {
    return undefined;
  }
}

async function name(key: Uint8Array<ArrayBuffer>): Promise<SealKey> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', key));
  return { kid: base64url.encode(digest.subarray(0, KID_BYTES)), key };
}
