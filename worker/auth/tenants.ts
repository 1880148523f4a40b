/** Tenants: who uses this deployment, from the secret `API_KEYS` (`tenant-registry.ts`). */
import { Refusal } from '../errors.ts';
import { logConfiguration } from '../log.ts';
import { DEVELOPMENT_TENANT, type Environment, isDevelopment } from './development.ts';
import type { Tenant } from './tenant.ts';
import { InvalidRegistryError, parseRegistry, type Registry } from './tenant-registry.ts';

export { allowsAudience, allowsOrigin, type Tenant } from './tenant.ts';
export { type Key, SCOPES, type Scope } from './tenant-registry.ts';

export interface TenantConfig extends Environment {
  /** The secret. */
  readonly API_KEYS?: string;
}

/** Every tenant of this deployment, the development one among them where it is known. */
export function tenants(config: TenantConfig): readonly Tenant[] {
  const { tenants } = registry(config);
  return isDevelopment(config) ? [...tenants, DEVELOPMENT_TENANT] : tenants;
}

export function findTenant(config: TenantConfig, id: string): Tenant | undefined {
  return tenants(config).find((tenant) => tenant.id === id);
}

/** The secret changes only with a deployment, that is, with the isolate. */
let parsed: { secret: string; registry: Registry | undefined } | undefined;

/**
 * Registry of the secret; nothing while there is none.
 *
 * @throws Refusal `not_configured` when any of it is wrong
 */
export function registry({ API_KEYS: secret = '' }: TenantConfig): Registry {
  if (parsed?.secret !== secret) parsed = { secret, registry: read(secret) };
  if (parsed.registry) return parsed.registry;
  throw new Refusal({ code: 'not_configured', detail: 'The secret API_KEYS cannot be read.' });
}

function read(secret: string): Registry | undefined {
  try {
    return parseRegistry(secret);
  } catch (error) {
    const why = error instanceof InvalidRegistryError ? error.message : 'not JSON'; // JSON's own quotes it
    logConfiguration(`API_KEYS cannot be read, all is closed: ${why}`);
    return undefined;
  }
}
