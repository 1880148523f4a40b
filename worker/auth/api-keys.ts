/** API keys: bearer tokens (RFC 6750), of which only SHA-256 digests are kept (`tenants.ts`). */
import { Refusal } from '../errors.ts';
import { DEVELOPMENT_KEY, DEVELOPMENT_TENANT, isDevelopment } from './development.ts';
import {
  type Key,
  registry,
  SCOPES,
  type Scope,
  type Tenant,
  type TenantConfig,
} from './tenants.ts';

/** Caller, as far as the rest of the Worker may know. */
export interface Caller {
  readonly tenant: Tenant;
  /** The key's name. */
  readonly key: string;
  readonly scopes: ReadonlySet<Scope>;
  /**
   * Counted by the rate limits. False for the development key alone: evaluations over HTTP use it.
   */
  readonly limited: boolean;
}

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Caller who sent this `Authorization` header.
 *
 * @throws Refusal `not_configured` while no key is, `unauthorized` for a missing or unknown one
 */
export async function authenticate(
  authorization: string | undefined,
  config: TenantConfig,
): Promise<Caller> {
  const configured = registry(config).keys;
  const development = isDevelopment(config);
  if (configured.length === 0 && !development) {
    const detail = 'No API key is configured: set the secret API_KEYS.';
    throw new Refusal({ code: 'not_configured', detail });
  }
  if (authorization === undefined) throw new Refusal({ code: 'unauthorized' });
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    const detail = 'The Authorization header is not of the form `Bearer KEY`.';
    throw new Refusal({ code: 'unauthorized', detail });
  }
  const documented = development ? await developmentKey() : undefined;
  const key = find(documented ? [...configured, documented] : configured, await sha256(token));
  if (!key) {
    const detail = 'The API key is not known here.';
    throw new Refusal({ code: 'unauthorized', detail, invalidToken: true });
  }
  const { tenant, name, scopes } = key;
  return { tenant, key: name, scopes, limited: key !== documented };
}

/** Looks at every key, and at all of each: the time taken tells nothing about the digests. */
function find(keys: readonly Key[], digest: Uint8Array): Key | undefined {
  let found: Key | undefined;
  for (const key of keys) {
    if (crypto.subtle.timingSafeEqual(key.digest, digest)) found = key;
  }
  return found;
}

async function developmentKey(): Promise<Key> {
  const digest = await sha256(DEVELOPMENT_KEY);
  return { tenant: DEVELOPMENT_TENANT, name: 'development', digest, scopes: new Set(SCOPES) };
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
