/**
 * Registry of tenants and keys: the secret `API_KEYS`, checked to the last member.
 *
 * It is a JSON array, one entry a tenant; `npm run tool -- keys` writes it:
 *
 * ```json
 * [{
 *   "id": "acme",
 *   "keys": [{ "name": "web-1", "sha256": "9f86d081…", "scopes": ["verify", "enrol", "login"] }],
 *   "audiences": ["https://login.acme.example"],
 *   "origins": ["https://login.acme.example"]
 * }]
 * ```
 *
 * Templates and attempts belong to the tenant's id, which outlives its keys. An audience belongs
 * to one tenant: whoever checks `aud` alone is then still safe from the others' assertions.
 */
import { MAX_AUDIENCE_CHARACTERS } from '../limits.ts';
import { DEVELOPMENT_TENANT } from './development.ts';
import { isLoopbackHost, parseUrl, type Tenant } from './tenant.ts';

/** Scopes: what a key may do. */
export const SCOPES = ['verify', 'enrol', 'login', 'reset', 'identify', 'galleries'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Key {
  readonly tenant: Tenant;
  /** Unique within its tenant. */
  readonly name: string;
  /** SHA-256 of the key. */
  readonly digest: Uint8Array;
  readonly scopes: ReadonlySet<Scope>;
}

export interface Registry {
  readonly tenants: readonly Tenant[];
  readonly keys: readonly Key[];
}

/** Reason that a secret is refused: by position, never by content. */
export class InvalidRegistryError extends Error {}

const ID = /^[\w.-]{1,64}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** RFC 7519 section 2, StringOrURI: any text. Visible characters are enough for all in use. */
const AUDIENCE = /^[\x21-\x7e]+$/;

/**
 * All of it or nothing: half a list of keys is not what anybody meant. Members that this version
 * does not know are refused too: a key that a later version narrows must not be wider in this one.
 *
 * @throws InvalidRegistryError, or JSON's own SyntaxError
 */
export function parseRegistry(secret: string): Registry {
  if (secret.trim() === '') return { tenants: [], keys: [] };
  const entries: unknown = JSON.parse(secret);
  if (!Array.isArray(entries)) throw new InvalidRegistryError('not a list of tenants');
  const parsed = entries.map((entry, i) => parseTenant(entry, `tenant ${i + 1}`));
  const tenants = parsed.map(({ tenant }) => tenant);
  const keys = parsed.flatMap(({ keys }) => keys);
  distinct(tenants.map(({ id }) => id).concat(DEVELOPMENT_TENANT.id), 'tenant ids');
  distinct(
    keys.map(({ digest }) => digest.join()),
    'digests',
  );
  distinct(
    tenants.flatMap(({ audiences }) => audiences),
    'audiences',
  );
  return { tenants, keys };
}

function parseTenant(entry: unknown, at: string): { tenant: Tenant; keys: readonly Key[] } {
  const members = object(entry, at, ['id', 'keys', 'audiences', 'origins']);
  const id = matching(members.id, ID, `${at}: id`);
  const audiences = list(members.audiences, `${at}: audiences`).map((value, i) =>
    parseAudience(value, `${at}: audience ${i + 1}`),
  );
  const origins = list(members.origins, `${at}: origins`).map((value, i) =>
    parseOrigin(value, `${at}: origin ${i + 1}`),
  );
  distinct(origins, `${at}: origins`);
  const tenant = { id, audiences, origins };
  const keys = list(members.keys, `${at}: keys`).map((value, i) =>
    parseKey(value, tenant, `${at}: key ${i + 1}`),
  );
  distinct(
    keys.map(({ name }) => name),
    `${at}: key names`,
  );
  return { tenant, keys };
}

function parseKey(entry: unknown, tenant: Tenant, at: string): Key {
  const members = object(entry, at, ['name', 'sha256', 'scopes']);
  const name = matching(members.name, ID, `${at}: name`);
  const digest = fromHex(matching(members.sha256, SHA256_HEX, `${at}: sha256`));
  const scopes = list(members.scopes, `${at}: scopes`).map((value) => {
    const scope = SCOPES.find((scope) => scope === value);
    if (scope === undefined)
      throw new InvalidRegistryError(`${at}: a scope is none of ${SCOPES.join(', ')}`);
    return scope;
  });
  if (scopes.length === 0) throw new InvalidRegistryError(`${at}: scopes: none`);
  distinct(scopes, `${at}: scopes`);
  return { tenant, name, digest, scopes: new Set(scopes) };
}

function parseAudience(value: unknown, at: string): string {
  const audience = matching(value, AUDIENCE, at);
  if (audience.length > MAX_AUDIENCE_CHARACTERS) throw new InvalidRegistryError(`${at}: too long`);
  return audience;
}

/** Exactly as the `Origin` header has it (RFC 6454 section 6.2), since that is what is compared. */
function parseOrigin(value: unknown, at: string): string {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  const safe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  // A wildcard parses as a host, and would match nothing but itself.
  if (!url || !safe || url.origin !== value || value.includes('*')) {
    throw new InvalidRegistryError(`${at}: not a bare origin like https://login.example`);
  }
  return url.origin;
}

function object<Name extends string>(value: unknown, at: string, names: readonly Name[]) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRegistryError(`${at}: not an object`);
  }
  const unknown = Object.keys(value).some((name) => !names.includes(name as Name));
  if (unknown) throw new InvalidRegistryError(`${at}: a member besides ${names.join(', ')}`);
  return value as Partial<Record<Name, unknown>>;
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidRegistryError(`${at}: not a list`);
}

function matching(value: unknown, pattern: RegExp, at: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new InvalidRegistryError(`${at}: not of the form ${pattern.source}`);
}

function distinct(values: readonly string[], what: string): void {
  if (new Set(values).size < values.length)
    throw new InvalidRegistryError(`${what}: one is there twice`);
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
