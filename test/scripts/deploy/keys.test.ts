import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TenantEntry } from '../../../scripts/deploy/tenant-file.ts';
import { type Key, parseRegistry } from '../../../worker/auth/tenant-registry.ts';
import { publicKeys } from '../../../worker/login/assertion.ts';
import { keyRing } from '../../../worker/login/sealed-token.ts';
import { runKeys } from './run-keys.ts';

describe('keys', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'tenants.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => runKeys(file, args);
  const text = () => readFileSync(file, 'utf8');
  const tenants = () => JSON.parse(text()) as TenantEntry[];
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const LOGIN = [
    ['--scopes', 'enrol,login'],
    ['--audience', 'https://acme.example'],
    ['--origin', 'https://login.acme.example'],
  ].flat();

  it('makes a key that the Worker knows by its digest, and shows it once', async () => {
    const { status, stdout: key, stderr } = await run('create', 'acme', 'web-1', ...LOGIN);
    expect(status).toBe(0);
    expect(key).toMatch(/^visavis_[\w-]{43}$/);
    expect(stderr).not.toContain(key);
    expect(stderr).toContain(`npx wrangler secret put API_KEYS < ${file}`);
    expect(stderr).toContain(`API_KEYS_FILE=${file}`);
    expect(text()).not.toContain(key);
    const { keys } = parseRegistry(text());
    expect(keys).toHaveLength(1);
    const [made] = keys as [Key];
    expect(Buffer.from(made.digest).toString('hex')).toBe(sha256(key));
    expect([...made.scopes]).toEqual(['enrol', 'login']);
    expect(made.tenant).toEqual({
      id: 'acme',
      audiences: ['https://acme.example'],
      origins: ['https://login.acme.example'],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['tenants.json']);
  });

  it('gives a key no more than `verify` unless asked', async () => {
    await run('create', 'acme', 'web-1');
    expect(tenants()[0]?.keys[0]?.scopes).toEqual(['verify']);
  });

  it('adds keys, audiences and pages to a tenant, and other tenants', async () => {
    await run('create', 'acme', 'web-1', ...LOGIN);
    const more = ['--audience', 'https://acme.example', '--audience', 'urn:acme'];
    await run('create', 'acme', 'web-2', ...more);
    await run('create', 'bank', 'web-1');
    expect(tenants().map(({ id, keys }) => [id, keys.map(({ name }) => name)])).toEqual([
      ['acme', ['web-1', 'web-2']],
      ['bank', ['web-1']],
    ]);
    expect(tenants()[0]?.audiences).toEqual(['https://acme.example', 'urn:acme']);
    expect(tenants()[0]?.origins).toEqual(['https://login.acme.example']);
  });

  it('allows a tenant more audiences and pages, and leaves its keys alone', async () => {
    await run('create', 'acme', 'web-1', ...LOGIN);
    const before = tenants();
    const shop = 'https://shop.acme.example';
    expect((await run('allow', 'acme', '--audience', shop, '--origin', shop)).status).toBe(0);
    expect(tenants()).toEqual([
      {
        ...before[0],
        audiences: ['https://acme.example', shop],
        origins: ['https://login.acme.example', shop],
      },
    ]);
    expect((await run('allow', 'bank', '--origin', shop)).status).not.toBe(0);
    expect((await run('allow', 'acme', '--origin', 'http://shop.acme.example')).status).not.toBe(0);
  });

  it('rotates a key: another digest, and all else as it was', async () => {
    const old = (await run('create', 'acme', 'web-1', ...LOGIN)).stdout;
    const before = tenants();
    const key = (await run('rotate', 'acme', 'web-1')).stdout;
    expect(key).not.toBe(old);
    const expected = JSON.parse(JSON.stringify(before).replace(sha256(old), sha256(key)));
    expect(tenants()).toEqual(expected);
  });

  it('revokes a key; its tenant stays', async () => {
    await run('create', 'acme', 'web-1', ...LOGIN);
    const { status, stdout } = await run('revoke', 'acme', 'web-1');
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(tenants()).toMatchObject([
      { id: 'acme', keys: [], audiences: ['https://acme.example'] },
    ]);
    expect(parseRegistry(text()).tenants).toHaveLength(1);
  });

  it('lists who may do what, without digests', async () => {
    const key = (await run('create', 'acme', 'web-1', ...LOGIN)).stdout;
    const { stdout } = await run('list');
    expect(stdout.split('\n')).toEqual([
      'acme',
      '  key web-1: enrol, login',
      '  audience https://acme.example',
      '  origin https://login.acme.example',
    ]);
    expect(stdout).not.toContain(sha256(key).slice(0, 8));
  });

  it.each([
    ['a name that is taken', ['create', 'acme', 'web-1']],
    ['a name that the Worker does not read', ['create', 'acme', 'web 2']],
    ['a scope that nobody knows', ['create', 'acme', 'web-2', '--scopes', 'all']],
    ['scopes named twice', ['create', 'acme', 'web-2', '--scopes', 'verify', '--scopes', 'enrol']],
    [
      'a page that is no bare origin',
      ['create', 'acme', 'web-2', '--origin', 'https://a.example/'],
    ],
    [
      "another tenant's audience",
      ['create', 'bank', 'web-1', '--audience', 'https://acme.example'],
    ],
    ['the tenant of development', ['create', 'development', 'web-1']],
    ['a tenant that is not there', ['rotate', 'bank', 'web-1']],
    ['a key that is not there', ['rotate', 'acme', 'web-2']],
    ['no key to revoke', ['revoke', 'acme', 'web-2']],
    ['nothing to allow', ['allow', 'acme']],
    ['no name', ['create', 'acme']],
    ['a name too many', ['create', 'acme', 'web-2', 'web-3']],
    ['no command', []],
    ['a command that nobody knows', ['make']],
    ['an option that nobody knows', ['create', 'acme', 'web-2', '--scope', 'login']],
  ])('changes nothing for %s', async (_, args) => {
    await run('create', 'acme', 'web-1', ...LOGIN);
    const before = text();
    const { status, stdout, stderr } = await run(...args);
    expect(status).toBe(1);
    expect(stdout).toBe(''); // no key that would open nothing
    expect(stderr).not.toBe('');
    expect(text()).toBe(before);
    expect(readdirSync(folder)).toEqual(['tenants.json']);
  });

  it('leaves alone a file that it cannot read', async () => {
    writeFileSync(file, '[{"name":"backend","sha256":"00"}]');
    expect(await run('create', 'acme', 'web-1')).toMatchObject({ status: 1, stdout: '' });
    expect(text()).toBe('[{"name":"backend","sha256":"00"}]');
  });

  it('makes keys that seal templates', async () => {
    const [newer, older] = [(await run('template')).stdout, (await run('template')).stdout];
    const ring = await keyRing({ TEMPLATE_KEYS: `${newer} ${older}` });
    expect(ring.map(({ key }) => Buffer.from(key).toString('base64url'))).toEqual([newer, older]);
  });

  it.each([
    ['template', 'TEMPLATE_KEYS'],
    ['assertion', 'ASSERTION_KEYS'],
  ])(
    'says where a first and a further key go, on Cloudflare and elsewhere: %s',
    async (command, name) => {
      const { stderr } = await run(command);
      expect(stderr).toMatch(/first key is the secret|first one in brackets/);
      expect(stderr).toContain(`npx wrangler secret put ${name}\n`);
      expect(stderr).toContain(`${name}_FILE`);
      expect(stderr).toMatch(/further one goes behind the keys there are/);
    },
  );

  it('makes keys that sign assertions', async () => {
    const [newer, older] = [(await run('assertion')).stdout, (await run('assertion')).stdout];
    const keys = await publicKeys({ ASSERTION_KEYS: `[${newer},${older}]` });
    expect(keys.map(({ x }) => x)).toEqual([newer, older].map((key) => JSON.parse(key).x));
  });
});
