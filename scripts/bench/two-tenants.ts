/** A self-hosted Worker in workerd with two tenants, for loads in which one disturbs the other. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DEVELOPMENT_ASSERTION_KEYS } from '../../worker/auth/development.ts';
import { makeBundle } from '../self-host/bundle.ts';
import { type RunningBundle, startBundle } from '../self-host/start-bundle.ts';

export const KEYS = { one: 'soak-one', other: 'soak-other' } as const;
export type Tenant = keyof typeof KEYS;
export const TENANTS = Object.keys(KEYS) as Tenant[];

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
  });
}
