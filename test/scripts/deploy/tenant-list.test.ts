/** The list of `keys` as a file: who may read it, how long it may be, and one change at a time. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SECRET_BYTES, type TenantEntry } from '../../../scripts/deploy/tenant-file.ts';
import { MAX_VARIABLE_BYTES } from '../../../scripts/self-host/secrets.ts';
import { parseRegistry } from '../../../worker/auth/tenant-registry.ts';
import { runKeys } from './run-keys.ts';

describe('the list of keys', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'tenants.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => runKeys(file, args);
  const text = () => readFileSync(file, 'utf8');
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

  it.each([
    ['list'],
    ['rotate', 'acme', 'web-1'],
    ['revoke', 'acme', 'web-1'],
    ['allow', 'acme', '--audience', 'urn:a'],
  ])('says that there is no list yet: %s', async (...args) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`there is no list ${file}: name it by --file`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes scopes with spaces between, and says which one nobody knows', async () => {
    expect((await run('create', 'acme', 'web-1', '--scopes', 'verify, enrol')).status).toBe(0);
    const [tenant] = JSON.parse(text()) as TenantEntry[];
    expect(tenant?.keys[0]?.scopes).toEqual(['verify', 'enrol']);
    const { stderr } = await run('create', 'acme', 'web-2', '--scopes', 'verfy');
    expect(stderr).toMatch(/^--scopes: 'verfy' is none of verify, enrol, /);
  });

  it('leaves a list to those who could read it, and a link to it a link', async () => {
    const real = join(folder, 'secret.json');
    writeFileSync(real, '[]');
    chmodSync(real, 0o640);
    symlinkSync('secret.json', file);
    expect((await run('create', 'acme', 'web-1')).status).toBe(0);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(parseRegistry(readFileSync(real, 'utf8')).keys).toHaveLength(1);
  });

  it('makes no change beside another one', async () => {
    writeFileSync(`${file}.lock`, String(process.ppid));
    const { status, stdout, stderr } = await run('create', 'acme', 'web-1');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`process ${process.ppid} is at work here`);
    expect(existsSync(file)).toBe(false);
  });

  it('says how to rotate without a gap', async () => {
    await run('create', 'acme', 'web-1');
    const { stderr } = await run('rotate', 'acme', 'web-1');
    expect(stderr).toMatch(/ends when this is uploaded.*Without a gap: `create`.*`revoke`/);
  });

  it('says when a secret of Cloudflare has no room for more', async () => {
    const keys = Array.from({ length: 42 }, (_, i) => ({
      name: `key-${i}`,
      sha256: sha256(String(i)),
      scopes: ['verify'],
    }));
    const full = JSON.stringify([{ id: 'acme', keys, audiences: [], origins: [] }]);
    expect(full.length).toBeLessThan(MAX_SECRET_BYTES);
    writeFileSync(file, full);
    const { status, stdout, stderr } = await run(
      'create',
      'bank',
      'web-1',
      '--scopes',
      'enrol,login,reset,galleries',
    );
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^visavis_/)]);
    expect(stderr).toContain('on Cloudflare: not possible: a secret has room for 5000 bytes');
    expect(stderr).not.toContain('wrangler');
    expect(stderr).toContain(`on a server of your own: API_KEYS_FILE=${file}`);
  });

  it('says when a list has no room in a variable', async () => {
    const audiences = Array.from({ length: 700 }, (_, i) => `${i}${'a'.repeat(190)}`);
    const full = JSON.stringify([{ id: 'acme', keys: [], audiences, origins: [] }]);
    writeFileSync(file, full);
    const { status, stdout, stderr } = await run('create', 'bank', 'web-1');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`a server takes ${MAX_VARIABLE_BYTES}`);
    expect(text()).toBe(full);
  });
});
