/**
 * A tenant: whom its assertions may be for, and whose pages may answer its challenges. It is read from
 * the secret `API_KEYS` by tenant-registry.ts.
 */

export interface Tenant {
  readonly id: string;
  /** Audiences that its assertions may be for. */
  readonly audiences: readonly string[];
  /**
   * Origins whose pages may answer its challenges, as browsers write them: scheme, host and port.
   */
  readonly origins: readonly string[];
  /** Every loopback origin is an audience and a page of it too. The development tenant's alone. */
  readonly loopback?: true;
}

/**
 * Hosts that may do without https: a loopback address has no line on which a page could be changed.
 */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK.includes(hostname);
}

export function allowsAudience(tenant: Tenant, audience: string): boolean {
  return tenant.audiences.includes(audience) || isLoopbackOf(tenant, audience);
}

export function allowsOrigin(tenant: Tenant, origin: string): boolean {
  return tenant.origins.includes(origin) || isLoopbackOf(tenant, origin);
}

function isLoopbackOf({ loopback }: Tenant, origin: string): boolean {
  const url = loopback && parseUrl(origin);
  if (!url || url.origin !== origin) return false;
  return ['http:', 'https:'].includes(url.protocol) && isLoopbackHost(url.hostname);
}

export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
