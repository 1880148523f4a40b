import { afterEach, describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../worker/access/keys.ts';
import type { Failure, Refusal } from '../../worker/errors.ts';
import { keyEntry } from '../support/api.ts';

const failure = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => expect.fail('let in'),
    (error: Refusal) => error.failure,
  );

describe('authenticate', () => {
  afterEach(() => vi.restoreAllMocks());

  it('knows each of several keys by its digest', async () => {
    const API_KEYS = JSON.stringify([await keyEntry('shop', 'k-1'), await keyEntry('bank', 'k-2')]);
    expect(await authenticate('Bearer k-1', { API_KEYS })).toEqual({ name: 'shop' });
    expect(await authenticate('Bearer k-2', { API_KEYS })).toEqual({ name: 'bank' });
    // RFC 9110 section 11.1: the scheme's case means nothing.
    expect(await authenticate('bearer  k-2', { API_KEYS })).toEqual({ name: 'bank' });
  });

  it('takes a digest in capitals', async () => {
    const entry = await keyEntry('shop', 'k-1');
    const API_KEYS = JSON.stringify([{ ...entry, sha256: entry.sha256.toUpperCase() }]);
    expect(await authenticate('Bearer k-1', { API_KEYS })).toEqual({ name: 'shop' });
  });

  it('tells a missing key from a wrong one', async () => {
    const API_KEYS = JSON.stringify([await keyEntry('shop', 'k-1')]);
    expect(await failure(authenticate(undefined, { API_KEYS }))).toEqual({ code: 'unauthorized' });
    expect(await failure(authenticate('Bearer k-2', { API_KEYS }))).toMatchObject({
      code: 'unauthorized',
      invalidToken: true,
    });
  });

  it.each(['k-1', 'Basic k-1', 'Bearer', 'Bearer ', 'Bearer k-1, Bearer k-1', 'Bearer k 1', ''])(
    'does not read %j',
    async (header) => {
      const API_KEYS = JSON.stringify([await keyEntry('shop', 'k-1')]);
      expect(await failure(authenticate(header, { API_KEYS }))).toMatchObject({
        code: 'unauthorized',
      });
    },
  );

  it('is closed while nothing is configured, whatever is sent', async () => {
    for (const config of [{}, { API_KEYS: '' }, { API_KEYS: ' \n' }, { API_KEYS: '[]' }]) {
      for (const header of [undefined, 'Bearer visavis-dev', 'Bearer k-1']) {
        const { code } = await failure(authenticate(header, config));
        expect(code).toBe('not_configured');
      }
    }
  });

  it('takes the documented key in development only', async () => {
    const dev = 'Bearer visavis-dev';
    expect(await authenticate(dev, { ENVIRONMENT: 'development' })).toEqual({
      name: 'development',
    });
    for (const ENVIRONMENT of ['production', 'Development', 'dev', '', 'true']) {
      expect((await failure(authenticate(dev, { ENVIRONMENT }))).code).toBe('not_configured');
    }
    const API_KEYS = JSON.stringify([await keyEntry('shop', 'k-1')]);
    expect((await failure(authenticate(dev, { API_KEYS }))).code).toBe('unauthorized');
    const both = { API_KEYS, ENVIRONMENT: 'development' };
    expect(await authenticate('Bearer k-1', both)).toEqual({ name: 'shop' });
    expect(await authenticate(dev, both)).toEqual({ name: 'development' });
  });

  it('is closed when any of the secret is wrong, and says so without a word of it', async () => {
    const good = await keyEntry('shop', 'k-1');
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const secrets = [
      'k-1',
      '{"shop":"k-1"}',
      'null',
      JSON.stringify(good),
      JSON.stringify([good, null]),
      JSON.stringify([good, { name: 'bank' }]),
      JSON.stringify([good, { name: 'bank', sha256: 'k-1' }]),
      JSON.stringify([good, { name: 'bank', sha256: good.sha256.slice(2) }]),
      JSON.stringify([good, good]), // one name twice
      JSON.stringify([{ ...good, name: 'a shop' }]),
      JSON.stringify([{ ...good, scopes: ['login'] }]), // of a later version, and narrower
      `${JSON.stringify([good])},`,
    ];
    for (const API_KEYS of secrets) {
      for (const config of [{ API_KEYS }, { API_KEYS, ENVIRONMENT: 'development' }]) {
        const { code } = await failure(authenticate('Bearer k-1', config));
        expect(code, API_KEYS).toBe('not_configured');
      }
    }
    expect(log).toHaveBeenCalledTimes(secrets.length); // once a secret, not once a request
    const lines = JSON.stringify(log.mock.calls);
    expect(lines).not.toContain('k-1');
    expect(lines).not.toContain(good.sha256.slice(2, 20));
  });

  it('reads a secret that has changed', async () => {
    const one = { API_KEYS: JSON.stringify([await keyEntry('shop', 'k-1')]) };
    const two = { API_KEYS: JSON.stringify([await keyEntry('shop', 'k-2')]) };
    expect(await authenticate('Bearer k-1', one)).toEqual({ name: 'shop' });
    expect((await failure(authenticate('Bearer k-1', two))).code).toBe('unauthorized');
    expect(await authenticate('Bearer k-2', two)).toEqual({ name: 'shop' });
  });
});
