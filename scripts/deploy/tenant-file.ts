/**
 * The operator's file of tenants: the text of the secret `API_KEYS`, with digests in place of keys.
 *
 * Every change is a function from the old list to the new one. What is written is read with the
 * Worker's own parser first, so that nothing is uploaded that it would refuse.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { parseRegistry, SCOPES } from '../../worker/auth/tenant-registry.ts';
import { lock } from '../batch/lock.ts';
import { Mistake } from '../mistake.ts';
import { MAX_VARIABLE_BYTES } from '../self-host/secrets.ts';

/** Cloudflare's bound for one secret: 5 KB. */
export const MAX_SECRET_BYTES = 5_000;

interface KeyEntry {
  readonly name: string;
  /** SHA-256 of the key, in hex. */
  readonly sha256: string;
  readonly scopes: readonly string[];
}

export interface TenantEntry {
  readonly id: string;
  readonly keys: readonly KeyEntry[];
  readonly audiences: readonly string[];
  readonly origins: readonly string[];
}

export type Tenants = readonly TenantEntry[];

/** 256 random bits. The prefix lets scanners for leaked keys know one when they see it. */
export const newKey = (): string => `visavis_${randomBytes(32).toString('base64url')}`;

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');

export interface Creation {
  readonly tenant: string;
  readonly name: string;
  readonly key: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly origins: readonly string[];
}

/** A new key, of a tenant that is there or a new one; audiences and origins are added to it. */
export function create(tenants: Tenants, creation: Creation): Tenants {
  const { tenant: id, name, key, scopes, audiences, origins } = creation;
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope));
  if (unknown !== undefined) {
    throw new Mistake(`--scopes: '${unknown}' is none of ${SCOPES.join(', ')}`);
  }
  const known = tenants.find((tenant) => tenant.id === id);
  if (known?.keys.some((entry) => entry.name === name)) {
    throw new Mistake(`${id} has a key ${name} already: \`rotate\` it, or take another name`);
  }
  const before = known ?? { id, keys: [], audiences: [], origins: [] };
  const after = {
    id,
    keys: [...before.keys, { name, sha256: digest(key), scopes }],
    audiences: union(before.audiences, audiences),
    origins: union(before.origins, origins),
  };
  return known ? tenants.map((tenant) => (tenant === known ? after : tenant)) : [...tenants, after];
}

/** Audiences and origins, added to those that a tenant has. */
export function allow(
  tenants: Tenants,
  { tenant: id, audiences, origins }: Pick<Creation, 'tenant' | 'audiences' | 'origins'>,
): Tenants {
  if (!tenants.some((tenant) => tenant.id === id)) throw new Mistake(`there is no tenant ${id}`);
  return tenants.map((tenant) =>
    tenant.id !== id
      ? tenant
      : {
          ...tenant,
          audiences: union(tenant.audiences, audiences),
          origins: union(tenant.origins, origins),
        },
  );
}

/** Another key under the same name, with the same scopes. The old one ends with the upload. */
export function rotate(tenants: Tenants, id: string, name: string, key: string): Tenants {
  return changeKey(tenants, id, name, (entry) => [{ ...entry, sha256: digest(key) }]);
}

/** The key goes; the tenant stays, even without keys, since templates are bound to its id. */
export function revoke(tenants: Tenants, id: string, name: string): Tenants {
  return changeKey(tenants, id, name, () => []);
}

function changeKey(
  tenants: Tenants,
  id: string,
  name: string,
  change: (entry: KeyEntry) => readonly KeyEntry[],
): Tenants {
  const known = tenants.find((tenant) => tenant.id === id);
  if (!known) throw new Mistake(`there is no tenant ${id}`);
  if (!known.keys.some((entry) => entry.name === name)) {
    throw new Mistake(`${id} has no key ${name}`);
  }
  const keys = known.keys.flatMap((entry) => (entry.name === name ? change(entry) : [entry]));
  return tenants.map((tenant) => (tenant === known ? { ...known, keys } : tenant));
}

/** Description to read; nothing in it is secret, and no digest either. */
export function describe(tenants: Tenants): string {
  return tenants
    .flatMap(({ id, keys, audiences, origins }) => [
      id,
      ...keys.map(({ name, scopes }) => `  key ${name}: ${scopes.join(', ')}`),
      ...audiences.map((audience) => `  audience ${audience}`),
      ...origins.map((origin) => `  origin ${origin}`),
    ])
    .join('\n');
}

/** @throws Mistake for a file that is not there, or that the Worker would refuse */
export function readTenants(file: string): Tenants {
  if (!existsSync(file)) {
    throw new Mistake(`there is no list ${file}: name it by --file, or begin one by \`create\``);
  }
  const text = readFileSync(file, 'utf8');
  check(text, file);
  return text.trim() === '' ? [] : (JSON.parse(text) as Tenants);
}

/**
 * Changes the list, one change at a time: of two at once, one key would be shown and not be there.
 *
 * @param begin a file that is missing is an empty list
 * @throws Mistake for what the operator got wrong; then nothing was changed
 */
export function changeTenants(
  file: string,
  change: (tenants: Tenants) => Tenants,
  begin = false,
): void {
  const unlock = lock(`${file}.lock`);
  try {
    const isNew = begin && !existsSync(file);
    writeTenants(file, change(isNew ? [] : readTenants(file)));
  } finally {
    unlock();
  }
}

/** Written aside and moved into place: a full disk must not leave half a list. */
function writeTenants(link: string, tenants: Tenants): void {
  const text = `[\n${tenants.map((tenant) => JSON.stringify(tenant)).join(',\n')}\n]\n`;
  check(text, link);
  const length = Buffer.byteLength(text);
  if (length > MAX_VARIABLE_BYTES) {
    throw new Mistake(
      `${link} would have ${length} bytes, and a server takes ${MAX_VARIABLE_BYTES}: revoke keys not in use`,
    );
  }
  const before = existsSync(link) ? statSync(link) : undefined;
  const file = before === undefined ? link : realpathSync(link); // a link stays one
  const aside = `${file}.new`;
  rmSync(aside, { force: true });
  writeFileSync(aside, text, { mode: 0o600, flag: 'wx' });
  if (before !== undefined) keepReaders(aside, before);
  renameSync(aside, file);
}

/** Owner and rights as before, so that a server which could read the list still can. */
function keepReaders(file: string, { mode, uid, gid }: Stats): void {
  try {
    chownSync(file, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
  chmodSync(file, mode & 0o777);
}

function check(text: string, file: string): void {
  try {
    parseRegistry(text);
  } catch (error) {
    throw new Mistake(`${file}: ${(error as Error).message}`);
  }
}

const union = (before: readonly string[], more: readonly string[]) => [
  ...new Set([...before, ...more]),
];
