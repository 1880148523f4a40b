import { describe, expect, it } from 'vitest';
import { authenticate } from '../../worker/auth/api-keys.ts';
import { SCOPES } from '../../worker/auth/tenants.ts';
import type { Failure, Refusal } from '../../worker/errors.ts';
import { keyEntry, tenantEntry } from '../support/api.ts';

const failure = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => expect.fail('let in'),
    (error: Refusal) => error.failure,
  );

/** One tenant with one key. */
const shop = async (key = 'k-1') => ({
  API_KEYS: JSON.stringify([tenantEntry('shop', [await keyEntry('web', key)])]),
});

describe('authenticate', () => {
  it('knows each key of each tenant by its digest', async () => {
    const API_KEYS = JSON.stringify([
      tenantEntry('shop', [await keyEntry('web', 'k-1'), await keyEntry('app', 'k-2')]),
      tenantEntry('bank', [await keyEntry('web', 'k-3')], { audiences: ['https://bank.example'] }),
    ]);
    const who = async (header: string) => {
      const { tenant, key } = await authenticate(header, { API_KEYS });
      return `${tenant.id}/${key}`;
    };
    expect(await who('Bearer k-1')).toBe('shop/web');
    expect(await who('Bearer k-2')).toBe('shop/app');
    expect(await who('Bearer k-3')).toBe('bank/web');
    // RFC 9110 section 11.1: the scheme's case means nothing.
    expect(await who('bearer  k-3')).toBe('bank/web');
    const { tenant } = await authenticate('Bearer k-3', { API_KEYS });
    expect(tenant).toEqual({ id: 'bank', audiences: ['https://bank.example'], origins: [] });
  });

  it('gives a key its own scopes, and limits it', async () => {
    const keys = [await keyEntry('web', 'k-1', ['verify', 'login']), await keyEntry('app', 'k-2')];
    const API_KEYS = JSON.stringify([tenantEntry('shop', keys)]);
    const web = await authenticate('Bearer k-1', { API_KEYS });
    expect([...web.scopes]).toEqual(['verify', 'login']);
    expect(web.limited).toBe(true);
    expect([...(await authenticate('Bearer k-2', { API_KEYS })).scopes]).toEqual(SCOPES);
  });

  it('tells a missing key from a wrong one', async () => {
    const config = await shop();
    expect(await failure(authenticate(undefined, config))).toEqual({ code: 'unauthorized' });
    expect(await failure(authenticate('Bearer k-2', config))).toMatchObject({
      code: 'unauthorized',
      invalidToken: true,
    });
  });

  it.each(['k-1', 'Basic k-1', 'Bearer', 'Bearer ', 'Bearer k-1, Bearer k-1', 'Bearer k 1', ''])(
    'does not read %j',
    async (header) => {
      expect(await failure(authenticate(header, await shop()))).toMatchObject({
        code: 'unauthorized',
      });
    },
  );

  it('does not take a digest for its key', async () => {
    const { sha256 } = await keyEntry('web', 'k-1');
    const { code } = await failure(authenticate(`Bearer ${sha256}`, await shop()));
    expect(code).toBe('unauthorized');
  });

  it('is closed while no key is configured, whatever is sent', async () => {
    const keyless = JSON.stringify([tenantEntry('shop', [])]);
    for (const API_KEYS of [undefined, '', ' \n', '[]', keyless]) {
      for (const header of [undefined, 'Bearer visavis-dev', 'Bearer k-1']) {
        const config = API_KEYS === undefined ? {} : { API_KEYS };
        const { code } = await failure(authenticate(header, config));
        expect(code).toBe('not_configured');
      }
    }
  });

  it('takes the documented key in development only', async () => {
    const dev = 'Bearer visavis-dev';
    const caller = await authenticate(dev, { ENVIRONMENT: 'development' });
    expect(caller).toMatchObject({ tenant: { id: 'development' }, limited: false });
    expect([...caller.scopes]).toEqual(SCOPES);
    for (const ENVIRONMENT of ['production', 'Development', 'dev', '', 'true']) {
      expect((await failure(authenticate(dev, { ENVIRONMENT }))).code).toBe('not_configured');
      const config = { ...(await shop()), ENVIRONMENT };
      expect((await failure(authenticate(dev, config))).code).toBe('unauthorized');
    }
    expect((await failure(authenticate(dev, await shop()))).code).toBe('unauthorized');
    const both = { ...(await shop()), ENVIRONMENT: 'development' };
    expect(await authenticate('Bearer k-1', both)).toMatchObject({ key: 'web', limited: true });
    expect((await authenticate(dev, both)).tenant.id).toBe('development');
  });

  it('reads a secret that has changed', async () => {
    expect((await authenticate('Bearer k-1', await shop('k-1'))).tenant.id).toBe('shop');
    const { code } = await failure(authenticate('Bearer k-1', await shop('k-2')));
    expect(code).toBe('unauthorized');
    expect((await authenticate('Bearer k-2', await shop('k-2'))).tenant.id).toBe('shop');
  });
});
