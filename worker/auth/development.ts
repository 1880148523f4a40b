/**
 * Stand-ins for the secrets under `npm start`, and nowhere else. It is all public, and so
 * worth nothing: a deployment without its own secrets is closed, it does not fall back to these.
 */
import type { Tenant } from './tenant.ts';

/** Variable that decides; every secret's configuration extends it. */
export interface Environment {
  /** `development`: `npm start` passes it, no file contains it. */
  readonly ENVIRONMENT?: string;
}

export function isDevelopment({ ENVIRONMENT }: Environment): boolean {
  return ENVIRONMENT === 'development';
}

/** A bearer key with every scope and no rate limit. */
export const DEVELOPMENT_KEY = 'visavis-dev';

/** Audience and origin of any application on this machine, whatever its port. */
export const DEVELOPMENT_TENANT: Tenant = {
  id: 'development',
  audiences: [],
  origins: [],
  loopback: true,
};

/** Stand-in for `TEMPLATE_KEYS`: 32 bytes, base64url. */
export const DEVELOPMENT_TEMPLATE_KEYS = 'dmlzYXZpcyBkZXZlbG9wbWVudCB0ZW1wbGF0ZSBrZXk';

/** Stand-in for `ASSERTION_KEYS`. */
export const DEVELOPMENT_ASSERTION_KEYS = JSON.stringify([
  {
    kty: 'EC',
    crv: 'P-256',
    x: '5pRXpFJy4s6Uyv495cmEJCtx-nnAsfKtwNctKVXeaEs',
    y: 'b2ZWZ9KM9X1fh32xkI9QVD3dumD8UIQyyZgUT691jtA',
    d: 'miwlL8Ph-5iiSv7i9VqXEjAto8glmlrm-oGRLiDhyGo',
  },
]);
