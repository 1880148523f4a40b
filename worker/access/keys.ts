/**
 * API keys: bearer tokens (RFC 6750), of which only SHA-256 digests are kept.
 *
 * The secret `API_KEYS` is a JSON array, one entry a key:
 *
 * ```json
 * [{ "name": "shop", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }]
 * ```
 *
 * An entry with members that this version does not know is refused with the whole secret: a key
 * that a later version narrows to one scope must not open everything in this one.
 */
import { Refusal } from '../errors.ts';

export interface KeyConfig {
  /** The secret, see above. */
  readonly API_KEYS?: string;
  /** `development` adds the key `visavis-dev`; `npm start` passes it, no file contains it. */
  readonly ENVIRONMENT?: string;
}

/** Who is calling, as far as the rest of the Worker may know. */
export interface Caller {
  readonly name: string;
}

interface Key {
  readonly name: string;
  readonly digest: Uint8Array;
}

/** Documented, and therefore worth nothing outside development. */
export const DEVELOPMENT_KEY = 'visavis-dev';

const NAME = /^[\w.-]{1,64}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Who sent this `Authorization` header?
 *
 * @throws Refusal `not_configured` while no key is, `unauthorized` for a missing or unknown one
 */
export async function authenticate(
  authorization: string | undefined,
  config: KeyConfig,
): Promise<Caller> {
  const configured = keyring(config.API_KEYS ?? '');
  const development = config.ENVIRONMENT === 'development';
  if (configured.length === 0 && !development) {
    throw notConfigured('No API key is configured: set the secret API_KEYS.');
  }
  if (authorization === undefined) throw new Refusal({ code: 'unauthorized' });
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    const detail = 'The Authorization header is not of the form `Bearer KEY`.';
    throw new Refusal({ code: 'unauthorized', detail });
  }
  const keys = development ? [...configured, await developmentKey()] : configured;
  const key = find(keys, await sha256(token));
  if (!key) {
    const detail = 'The API key is not known here.';
    throw new Refusal({ code: 'unauthorized', detail, invalidToken: true });
  }
  return { name: key.name };
}

/** Looks at every key, and at all of each: the time taken tells nothing about the digests. */
function find(keys: readonly Key[], digest: Uint8Array): Key | undefined {
  let found: Key | undefined;
  for (const key of keys) {
    if (crypto.subtle.timingSafeEqual(key.digest, digest)) found = key;
  }
  return found;
}

/** The secret changes only with a deployment, that is, with the isolate. */
let parsed: { secret: string; keys: readonly Key[] | undefined } | undefined;

function keyring(secret: string): readonly Key[] {
  if (parsed?.secret !== secret) {
    parsed = { secret, keys: parse(secret) };
    if (!parsed.keys) console.error('API_KEYS is not a list of {"name", "sha256"}: all is closed');
  }
  if (!parsed.keys) throw notConfigured('The secret API_KEYS cannot be read.');
  return parsed.keys;
}

/** Undefined when any of it is wrong: half a list of keys is not what anybody meant. */
function parse(secret: string): readonly Key[] | undefined {
  if (secret.trim() === '') return [];
  let entries: unknown;
  try {
    entries = JSON.parse(secret);
  } catch {
    return undefined; // the parser's message quotes the secret
  }
  if (!Array.isArray(entries)) return undefined;
  const keys = entries.map(parseEntry);
  if (!keys.every((key) => key !== undefined)) return undefined;
  return new Set(keys.map((key) => key.name)).size === keys.length ? keys : undefined;
}

function parseEntry(entry: unknown): Key | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { name, sha256, ...unknown } = entry as Record<string, unknown>;
  if (typeof name !== 'string' || !NAME.test(name)) return undefined;
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) return undefined;
  return Object.keys(unknown).length === 0 ? { name, digest: fromHex(sha256) } : undefined;
}

async function developmentKey(): Promise<Key> {
  return { name: 'development', digest: await sha256(DEVELOPMENT_KEY) };
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function notConfigured(detail: string): Refusal {
  return new Refusal({ code: 'not_configured', detail });
}
