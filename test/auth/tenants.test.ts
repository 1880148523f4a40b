import { afterEach, describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../worker/auth/api-keys.ts';
import { DEVELOPMENT_TENANT } from '../../worker/auth/development.ts';
import { allowsAudience, allowsOrigin, findTenant, tenants } from '../../worker/auth/tenants.ts';
import { Refusal } from '../../worker/errors.ts';
import { keyEntry, tenantEntry } from '../support/api.ts';

const AUDIENCE = 'https://login.shop.example';

/** Two tenants, of which a test spoils the second. */
const shop = tenantEntry('shop', [await keyEntry('web', 'k-1')], { audiences: [AUDIENCE] });
const bank = tenantEntry('bank', [await keyEntry('web', 'k-2')], {
  audiences: ['https://bank.example/login', 'urn:bank'],
  origins: ['https://bank.example', 'https://bank.example:8443', 'http://localhost:3000'],
});
const bankKey = bank.keys[0] as (typeof bank.keys)[0];

const secret = (...entries: unknown[]) => JSON.stringify(entries);

/** The code of what a secret answers with, or what its tenants are. */
function read(API_KEYS: string, config = {}): string {
  try {
    return tenants({ API_KEYS, ...config })
      .map(({ id }) => id)
      .join();
  } catch (error) {
    if (error instanceof Refusal) return error.failure.code;
    throw error;
  }
}

describe('tenants', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are read with what is theirs, and found by id', () => {
    const config = { API_KEYS: secret(shop, bank) };
    const { keys: _, ...expected } = bank;
    expect(tenants(config)).toHaveLength(2);
    expect(findTenant(config, 'bank')).toEqual(expected);
    expect(findTenant(config, 'shop')?.audiences).toEqual([AUDIENCE]);
    expect(findTenant(config, 'Bank')).toBeUndefined();
    expect(findTenant(config, 'development')).toBeUndefined();
  });

  it('outlive their keys', () => {
    expect(read(secret(shop, { ...bank, keys: [] }))).toBe('shop,bank');
  });

  it('are the documented one too in development, and only there', () => {
    expect(read('')).toBe('');
    expect(read('', { ENVIRONMENT: 'production' })).toBe('');
    expect(read('', { ENVIRONMENT: 'development' })).toBe('development');
    expect(read(secret(shop), { ENVIRONMENT: 'development' })).toBe('shop,development');
  });

  const spoilt: Record<string, string> = {
    'no JSON': 'k-1',
    'an object': '{"shop":"k-1"}',
    null: 'null',
    'a tenant without a list': JSON.stringify(shop),
    'the format before tenants': secret({ name: 'bank', sha256: bankKey.sha256 }),
    'something after it': `${secret(shop)},`,
    'null for a tenant': secret(shop, null),
    'a list for a tenant': secret(shop, [bank]),
    'an id with a space': secret(shop, { ...bank, id: 'a bank' }),
    'an id that is too long': secret(shop, { ...bank, id: 'b'.repeat(65) }),
    'no id': secret(shop, { ...bank, id: undefined }),
    'one id twice': secret(shop, { ...bank, id: 'shop' }),
    'the id of development': secret(shop, { ...bank, id: 'development' }),
    'a member of a later version': secret(shop, { ...bank, maxFar: 0.001 }),
    'no keys': secret(shop, { ...bank, keys: undefined }),
    'no audiences': secret(shop, { ...bank, audiences: undefined }),
    'no origins': secret(shop, { ...bank, origins: undefined }),
    'an audience with a space': secret(shop, { ...bank, audiences: ['a bank'] }),
    'an empty audience': secret(shop, { ...bank, audiences: [''] }),
    'an audience that is too long': secret(shop, { ...bank, audiences: ['b'.repeat(257)] }),
    'an audience that is no text': secret(shop, { ...bank, audiences: [1] }),
    "another tenant's audience": secret(shop, { ...bank, audiences: [AUDIENCE] }),
    'null for a key': secret(shop, { ...bank, keys: [null] }),
    'a key without a name': secret(shop, { ...bank, keys: [{ ...bankKey, name: undefined }] }),
    'a name with a space': secret(shop, { ...bank, keys: [{ ...bankKey, name: 'the web' }] }),
    'a key for its digest': secret(shop, { ...bank, keys: [{ ...bankKey, sha256: 'k-2' }] }),
    'a short digest': secret(shop, {
      ...bank,
      keys: [{ ...bankKey, sha256: bankKey.sha256.slice(2) }],
    }),
    'a key of a later version': secret(shop, { ...bank, keys: [{ ...bankKey, until: 1 }] }),
    'no scopes': secret(shop, { ...bank, keys: [{ ...bankKey, scopes: undefined }] }),
    'an empty list of scopes': secret(shop, { ...bank, keys: [{ ...bankKey, scopes: [] }] }),
    'a scope nobody knows': secret(shop, { ...bank, keys: [{ ...bankKey, scopes: ['all'] }] }),
    'a scope that is no text': secret(shop, { ...bank, keys: [{ ...bankKey, scopes: [1] }] }),
    'a scope twice': secret(shop, {
      ...bank,
      keys: [{ ...bankKey, scopes: ['login', 'login'] }],
    }),
    'one name twice': secret(shop, {
      ...bank,
      keys: [bankKey, { ...bankKey, sha256: '00'.repeat(32) }],
    }),
    'one digest twice': secret(shop, { ...bank, keys: [bankKey, { ...bankKey, name: 'app' }] }),
    'one digest in two tenants': secret(shop, { ...bank, keys: shop.keys }),
    'one digest twice, once in capitals': secret(shop, {
      ...bank,
      keys: [bankKey, { ...bankKey, name: 'app', sha256: bankKey.sha256.toUpperCase() }],
    }),
  };

  it.each(Object.entries(spoilt))('are closed altogether with %s', async (_, API_KEYS) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const config of [{}, { ENVIRONMENT: 'development' }]) {
      expect(read(API_KEYS, config)).toBe('not_configured');
      const refused = authenticate('Bearer k-1', { API_KEYS, ...config });
      await expect(refused).rejects.toMatchObject({ failure: { code: 'not_configured' } });
    }
  });

  it.each([
    'https://bank.example/',
    'https://bank.example/login',
    'https://bank.example:443',
    'https://Bank.example',
    'https://*.bank.example',
    'https://user@bank.example',
    'http://bank.example',
    'http://localhost.bank.example',
    'bank.example',
    'null',
    '*',
    'file://',
    '',
    7,
  ])('are closed altogether with the origin %j', (origin) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(read(secret(shop, { ...bank, origins: [origin] }))).toBe('not_configured');
  });

  it('take a digest in capitals', async () => {
    const capitals = { ...bankKey, sha256: bankKey.sha256.toUpperCase() };
    const API_KEYS = secret({ ...bank, keys: [capitals] });
    expect((await authenticate('Bearer k-2', { API_KEYS })).tenant.id).toBe('bank');
  });

  it('say once a secret what is wrong, and nothing of what it holds', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const secrets = Object.values(spoilt);
    for (const API_KEYS of secrets) for (let i = 0; i < 3; i++) read(API_KEYS);
    expect(log).toHaveBeenCalledTimes(secrets.length);
    expect(log.mock.calls[secrets.indexOf(spoilt['a scope nobody knows'] as string)]).toEqual([
      JSON.stringify({
        event: 'configuration',
        error:
          'API_KEYS cannot be read, all is closed: tenant 2: key 1: a scope is none of verify, enrol, login, reset, identify, galleries',
      }),
    ]);
    const lines = JSON.stringify(log.mock.calls);
    for (const held of ['k-1', 'k-2', bankKey.sha256.slice(2, 20), 'bank', 'shop', AUDIENCE]) {
      expect(lines).not.toContain(held);
    }
  });
});

describe('loopback origins', () => {
  const local = [
    'http://localhost:8788',
    'http://127.0.0.1:3000',
    'https://localhost',
    'http://[::1]:5173',
  ];
  const foreign = [
    'http://localhost.evil.example',
    'http://evil.example',
    'http://10.0.0.1:8788',
    'http://localhost:8788/',
    'http://localhost:80',
    'ftp://localhost',
    'localhost:8788',
    '',
  ];

  it('are all audiences and pages of the development tenant, and nothing else is', () => {
    for (const allows of [allowsAudience, allowsOrigin]) {
      for (const origin of local) expect(allows(DEVELOPMENT_TENANT, origin), origin).toBe(true);
      for (const origin of foreign) expect(allows(DEVELOPMENT_TENANT, origin), origin).toBe(false);
    }
  });

  it('are nothing to any other tenant, unless it has registered them', () => {
    const tenant = { id: 'shop', audiences: [], origins: ['http://localhost:3000'] };
    for (const origin of local) {
      expect(allowsAudience(tenant, origin)).toBe(false);
      expect(allowsOrigin(tenant, origin)).toBe(false);
    }
    expect(allowsOrigin(tenant, 'http://localhost:3000')).toBe(true);
  });
});
