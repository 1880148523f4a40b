/** Two tenants with pages of their own: a shop with a key of each scope, and a bank. */
import { SCOPES } from '../../worker/auth/tenants.ts';
import { keyEntry, tenantEntry } from './api.ts';

export const SHOP = 'https://shop.example';
export const BANK = 'https://bank.example';

export const API_KEYS = JSON.stringify([
  tenantEntry(
    'shop',
    await Promise.all([
      ...SCOPES.map((scope) => keyEntry(scope, `k-${scope}`, [scope])),
      keyEntry('again', 'k-again', ['verify']),
    ]),
    { origins: [SHOP] },
  ),
  tenantEntry('bank', [await keyEntry('web', 'k-bank')], { origins: [BANK] }),
]);

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
