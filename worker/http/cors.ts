/**
 * Cross-origin requests (the Fetch standard, section 3.2): which pages a browser lets read what.
 *
 * Only pages that a tenant has registered, each named by itself, and never with credentials: what
 * browsers may ask for here needs none.
 */

import { allowsOrigin, type Tenant } from '../auth/tenants.ts';
import { CORS_MAX_AGE_SECONDS } from '../limits.ts';

/** Headers of an answer that a page cannot read unless they are named. */
const EXPOSED = 'retry-after, x-request-id';

/** Tells the `Origin` of a page of one of these tenants. */
export function isRegistered(origin: string, tenants: readonly Tenant[]): boolean {
  return tenants.some((tenant) => allowsOrigin(tenant, origin));
}

/** Headers of the answer to a request from a page that may read it. */
export function answerHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
  };
}

/** Headers of the answer to a preflight: what the page may send. */
export function preflightHeaders(origin: string, method: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': method,
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': String(CORS_MAX_AGE_SECONDS),
  };
}
