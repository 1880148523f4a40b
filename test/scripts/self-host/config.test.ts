import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { workerdConfig } from '../../../scripts/self-host/config.ts';
import { SettingError } from '../../../scripts/self-host/setting-error.ts';
import { readVariables, requireReadable } from '../../../scripts/self-host/start.ts';
import { withAddresses } from '../../../scripts/self-host/workerd/client-address.ts';
import rateLimit from '../../../scripts/self-host/workerd/rate-limit.ts';
import { MANIFEST, READABLE, SECRETS } from './settings.ts';

describe('the manifest', () => {
  it('has every binding of wrangler.toml', () => {
    expect(MANIFEST.durableObjects.map(({ name }) => name)).toEqual([
      'ATTEMPTS',
      'GALLERY',
      'GALLERY_DIRECTORY',
    ]);
    expect(MANIFEST.rateLimits).toContainEqual({ name: 'RATE_RESPONSE', limit: 60, period: 60 });
    const tables = readFileSync('wrangler.toml', 'utf8').match(/^\[\[ratelimits\]\]$/gm);
    expect(MANIFEST.rateLimits).toHaveLength(tables?.length as number);
    expect(MANIFEST.secrets).toEqual(Object.keys(SECRETS));
    expect(MANIFEST.modules[0]).toBe('index.js');
  });
});

describe('variables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'self-host-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are those of wrangler.toml, unless the environment has others', () => {
    const variables = readVariables(MANIFEST, {
      ...SECRETS,
      MODEL: 'inception-small-2',
      DEMO: 'on',
      PATH: '/',
    });
    expect(variables).toEqual({
      ...MANIFEST.vars,
      ...SECRETS,
      MODEL: 'inception-small-2',
      DEMO: 'on',
    });
  });

  it('never have what makes the documented key valid', () => {
    const variables = readVariables(MANIFEST, { ...SECRETS, ENVIRONMENT: 'development' });
    expect(variables).not.toHaveProperty('ENVIRONMENT');
  });

  it('may be read from files', () => {
    const file = join(folder, 'template.key');
    writeFileSync(file, 'of-a-file\n');
    const environment = { ...SECRETS, TEMPLATE_KEYS: undefined, TEMPLATE_KEYS_FILE: file };
    expect(readVariables(MANIFEST, environment).TEMPLATE_KEYS).toBe('of-a-file');
    const gone = { ...environment, TEMPLATE_KEYS_FILE: join(folder, 'gone') };
    expect(() => readVariables(MANIFEST, gone)).toThrow(/^TEMPLATE_KEYS_FILE: .*ENOENT/);
  });

  it('are not taken from two places, of which one is old', () => {
    const file = join(folder, 'api.keys');
    writeFileSync(file, '[]');
    const both = { ...SECRETS, API_KEYS_FILE: file };
    expect(() => readVariables(MANIFEST, both)).toThrow(SettingError);
    expect(() => readVariables(MANIFEST, both)).toThrow('API_KEYS and API_KEYS_FILE are both set');
    expect(readVariables(MANIFEST, { ...both, API_KEYS: '' }).API_KEYS).toBe('[]');
  });

  it('are not enough without every secret', () => {
    for (const name of Object.keys(SECRETS)) {
      const lacking = { ...SECRETS, [name]: '' };
      expect(() => readVariables(MANIFEST, lacking)).toThrow(SettingError);
      expect(() => readVariables(MANIFEST, lacking)).toThrow(`Not set: ${name}.`);
    }
  });
});

describe('a secret that cannot be read', () => {
  const told = (environment: Record<string, string>) =>
    requireReadable(MANIFEST, { ...READABLE, ...environment }, environment).then(
      () => 'nothing',
      (error: Error) => (error instanceof SettingError ? error.message : error),
    );

  it.each([
    ['API_KEYS', '{"name":"private"}', 'API_KEYS cannot be read: not a list of tenants.'],
    ['API_KEYS', 'private', 'API_KEYS cannot be read: not JSON.'],
    ['API_KEYS', '[{"id":"a b"}]', /^API_KEYS cannot be read: tenant 1: id: not of the form /],
    ['API_KEYS', ' '.repeat(131_001), /^API_KEYS cannot be read: it has 131001 bytes, and may/],
    ['TEMPLATE_KEYS', 'private', /^TEMPLATE_KEYS cannot be read: not a list of 32-byte keys/],
    ['TEMPLATE_KEYS', ' ', 'TEMPLATE_KEYS cannot be read: empty.'],
    ['ASSERTION_KEYS', '["private"]', /^ASSERTION_KEYS cannot be read: not a list of private EC/],
  ])('is named, with what is wrong: %s', async (name, value, message) => {
    const text = String(await told({ [name]: value }));
    expect(text).toMatch(message);
    expect(text).not.toContain('private"');
  });

  it('is told with its file, and with the others', async () => {
    const environment = { API_KEYS_FILE: 'package.json', TEMPLATE_KEYS: 'x' };
    const variables = { ...READABLE, API_KEYS: '{}', TEMPLATE_KEYS: 'x' };
    await expect(requireReadable(MANIFEST, variables, environment)).rejects.toThrow(
      /^API_KEYS \(package.json\) cannot be read: .*\nTEMPLATE_KEYS cannot be read: /,
    );
    expect(await told({})).toBe('nothing');
  });
});

describe('the configuration', () => {
  const instance = {
    host: '::',
    port: 80,
    bundle: '/srv/"odd"',
    data: '/data',
    clientIpHeader: undefined,
    variables: Object.keys(SECRETS),
  };
  const config = workerdConfig(MANIFEST, instance);

  it('names secrets, and has none', () => {
    expect(config).toContain('(name = "TEMPLATE_KEYS", fromEnvironment = "TEMPLATE_KEYS")');
    expect(config).not.toContain('secret-key');
  });

  it('quotes what it is given', () => {
    expect(config).toContain('address = "[::]:80"');
    expect(config).toContain('path = "/srv/\\"odd\\"/web"');
  });

  it('begins with the module that tells of addresses, in the isolate that serves', () => {
    expect(config).toMatch(/modules = \[\s*\(name = "entry.js", [^\n]*\n\s*\(name = "index.js"/);
    expect(config.match(/:Workerd.Worker/g)).toHaveLength(1);
  });

  it('leaves to that module which scheme a proxy tells of: workerd would put it into the URL as it is', () => {
    const proxied = workerdConfig(MANIFEST, { ...instance, clientIpHeader: 'X-Forwarded-For' });
    expect(proxied).not.toContain('forwardedProtoHeader');
  });
});

describe('the address of a client', () => {
  const seen = (headers: Record<string, string>, header: string, clientIp = '192.0.2.1:50000') => {
    const echo = async ({ headers }: Request) => new Response(headers.get('cf-connecting-ip'));
    const front = withAddresses({ fetch: echo });
    const request = Object.assign(new Request('http://localhost/', { headers }), {
      cf: { clientIp },
    });
    return Promise.resolve(front.fetch(request, { CLIENT_IP_HEADER: header }, undefined)).then(
      (r) => r.text(),
    );
  };

  it('is that of the connection, whatever headers say', async () => {
    const forged = { 'cf-connecting-ip': '198.51.100.9', 'x-forwarded-for': '198.51.100.9' };
    expect(await seen(forged, '')).toBe('192.0.2.1');
    expect(await seen(forged, '', '[2001:db8::1]:50000')).toBe('2001:db8::1');
  });

  it('is what the proxy appended last', async () => {
    const forwarded = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5' };
    expect(await seen(forwarded, 'x-forwarded-for')).toBe('203.0.113.5');
    expect(await seen({}, 'x-forwarded-for')).toBe('192.0.2.1');
  });

  it.each([
    ['203.0.113.5:50000', '203.0.113.5'],
    ['[2001:db8::1]:50000', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1:50000', '2001:db8::1:50000'],
    ['::ffff:203.0.113.5', '::ffff:203.0.113.5'],
  ])('has no port: %s', async (forwarded, address) => {
    expect(await seen({ 'x-forwarded-for': forwarded }, 'x-forwarded-for')).toBe(address);
  });
});

describe('the scheme and the host of a request', () => {
  const seen = async (headers: Record<string, string>, header = 'X-Forwarded-For') => {
    const host = headers.host ?? 'faces.example';
    const front = withAddresses({ fetch: async ({ url }) => new Response(url) });
    const all = new Headers({ host, ...headers });
    const request = { url: `http://${host}/healthz`, headers: all } as Request;
    const response = await front.fetch(request, { CLIENT_IP_HEADER: header }, undefined);
    return response.ok ? response.text() : response.status;
  };

  it('is https where the proxy says so, and only where there is one', async () => {
    const [https, http] = ['https://faces.example/healthz', 'http://faces.example/healthz'];
    expect(await seen({ 'x-forwarded-proto': 'https' })).toBe(https);
    expect(await seen({ 'x-forwarded-proto': 'http, HTTPS' })).toBe(https);
    expect(await seen({})).toBe(http);
    expect(await seen({ 'x-forwarded-proto': 'https' }, '')).toBe(http);
  });

  it.each(['ftp', 'https://faces.example/v1/model?', 'https, http'])(
    'is not what else is said: %s',
    async (scheme) => {
      expect(await seen({ 'x-forwarded-proto': scheme })).toBe('http://faces.example/healthz');
    },
  );

  // workerd writes `Host` before the path as it is.
  it.each(['evil/v1/model?', 'evil\\v1\\model?', 'evil/v1/model#', 'user@evil'])(
    'is no host: %s',
    async (host) => {
      expect(await seen({ host })).toBe(400);
    },
  );

  it('may have a port, and be an address', async () => {
    const host = '[2001:db8::1]:8443';
    expect(await seen({ host })).toBe(`http://${host}/healthz`);
  });
});

describe('the id of a request', () => {
  const ray = { 'cf-ray': '0123456789abcdef' };
  const seen = async (header: string) => {
    const front = withAddresses({ fetch: async (r) => new Response(r.headers.get('cf-ray')) });
    const request = new Request('http://localhost/', { headers: ray });
    return (await front.fetch(request, { CLIENT_IP_HEADER: header }, undefined)).text();
  };

  it('is none that a client chooses', async () => {
    expect(await seen('')).toBe('');
    expect(await seen('X-Forwarded-For')).toBe('');
  });

  it("is Cloudflare's behind Cloudflare", async () => {
    expect(await seen('CF-Connecting-IP')).toBe(ray['cf-ray']);
  });
});

describe('a request to no host', () => {
  it.each(['http://a*', 'http://a b/', 'http://[::1/', 'http://faces.example:99999/'])(
    '%s',
    async (url) => {
      const front = withAddresses({ fetch: () => Promise.reject(new Error('asked')) });
      const request = { url, headers: new Headers() } as Request;
      const { status } = await front.fetch(request, { CLIENT_IP_HEADER: '' }, undefined);
      expect(status).toBe(400);
    },
  );
});

describe('a rate limit in memory', () => {
  it('lets through as many as it says, of each key apart, in each period anew', async () => {
    vi.useFakeTimers({ now: 1_000_000_000_000 });
    try {
      const binding = rateLimit({ settings: { limit: 2, period: 60 } });
      const passes = async (key: string) => (await binding.limit({ key })).success;
      expect([await passes('a'), await passes('a'), await passes('a')]).toEqual([
        true,
        true,
        false,
      ]);
      expect(await passes('b')).toBe(true);
      vi.advanceTimersByTime(60_000);
      expect(await passes('a')).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});
