/** A self-hosted Worker in workerd with two tenants, for loads in which one disturbs the other. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DEVELOPMENT_ASSERTION_KEYS } from '../../worker/auth/development.ts';
import { makeBundle } from '../self-host/bundle.ts';
import { type RunningBundle, startBundle } from '../self-host/start-bundle.ts';

export const KEYS = { one: 'soak-one', other: 'soak-other' } as const;
export type Tenant = keyof typeof KEYS;
export const TENANTS = Object.keys(KEYS) as Tenant[];

/** Header that names the client's address, as a proxy would. */
export const CLIENT_IP = 'X-Real-IP';

/** Addresses of clients, each in a subnet of its own: responses are limited by subnet. */
export function* clientAddresses(): Generator<string, never> {
  for (let n = 0; ; n = (n + 1) % 0x10000) yield `10.${n >> 8}.${n & 255}.1`;
}

/** Registered with the other tenant. */
export const AUDIENCE = 'https://app.example';

/** @param folder for the bundle and its storage, absolute */
export async function startTwoTenants(folder: string): Promise<RunningBundle> {
  const tenants = TENANTS.map((id) => {
    const sha256 = createHash('sha256').update(KEYS[id]).digest('hex');
    const keys = [{ name: 'soak', sha256, scopes: ['verify', 'enrol', 'login', 'reset'] }];
    return { id, keys, audiences: id === 'other' ? [AUDIENCE] : [], origins: [] };
  });
  const bundle = join(folder, 'bundle');
  await makeBundle(bundle);
  return startBundle(bundle, folder, {
    API_KEYS: JSON.stringify(tenants),
    TEMPLATE_KEYS: Buffer.alloc(32, 7).toString('base64url'),
    ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS,
    ISSUER: 'https://faces.example',
    CLIENT_IP_HEADER: CLIENT_IP,
  });
}
