/**
 * Changes of a deployment's secrets: API keys, and the keys that seal templates and sign
 * assertions.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { Mistake } from '../mistake.ts';
import {
  allow,
  type Creation,
  changeTenants,
  create,
  describe,
  MAX_SECRET_BYTES,
  newKey,
  readTenants,
  revoke,
  rotate,
} from './tenant-file.ts';

/** Outcome of a command. */
export interface Outcome {
  /**
   * Text for standard output: a key and nothing else, so that it can be piped to where it is to go.
   */
  readonly output?: string;
  /** Advice to whoever sits there. */
  readonly advice?: string;
}

/**
 * A new key of a tenant. It is in the outcome, and kept nowhere: the file has its digest.
 *
 * @throws Mistake for what the operator got wrong; then nothing was changed
 */
export function createKey(file: string, creation: Omit<Creation, 'key'>): Outcome {
  const key = newKey();
  changeTenants(file, (tenants) => create(tenants, { ...creation, key }), true);
  return shown(key, file);
}

/** More audiences and page origins of a tenant. @throws Mistake where there is none, of either */
export function allowPages(
  file: string,
  more: Pick<Creation, 'tenant' | 'audiences' | 'origins'>,
): Outcome {
  if (more.audiences.length + more.origins.length === 0) {
    throw new Mistake('name what is allowed: --audience, --origin, or both');
  }
  changeTenants(file, (tenants) => allow(tenants, more));
  return { advice: upload(file) };
}

/** Another key under the same name. @throws Mistake where there is none */
export function rotateKey(file: string, tenant: string, name: string): Outcome {
  const key = newKey();
  changeTenants(file, (tenants) => rotate(tenants, tenant, name, key));
  const { advice } = shown(key, file);
  return { output: key, advice: `${rotated(tenant, name)}\n${advice}` };
}

/** @throws Mistake where there is no such key */
export function revokeKey(file: string, tenant: string, name: string): Outcome {
  changeTenants(file, (tenants) => revoke(tenants, tenant, name));
  return { advice: `${tenant}'s key ${name} ends when this is uploaded.\n${upload(file)}` };
}

export function listKeys(file: string): Outcome {
  return { output: describe(readTenants(file)) };
}

/** 32 random bytes in base64url. */
export function templateKey(): Outcome {
  return { output: randomBytes(32).toString('base64url'), advice: TEMPLATE_ADVICE };
}

/** A private key for ES256 as JWK (RFC 7518 section 6.2). */
export function assertionKey(): Outcome {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' });
  return { output: JSON.stringify({ kty, crv, x, y, d }), advice: ASSERTION_ADVICE };
}

function upload(file: string): string {
  const { size } = statSync(file);
  const onCloudflare =
    size > MAX_SECRET_BYTES
      ? `not possible: a secret has room for ${MAX_SECRET_BYTES} bytes, and this has ${size}; revoke keys not in use`
      : `npx wrangler secret put API_KEYS < ${file}`;
  return `Put the list where the Worker reads it:
  on Cloudflare: ${onCloudflare}
  on a server of your own: API_KEYS_FILE=${file}, then start it anew`;
}

const rotated = (tenant: string, name: string) =>
  `${tenant}'s old key ${name} ends when this is uploaded, and whoever still has it is refused. ` +
  'Without a gap: `create` a key of another name, and `revoke` the old one when nobody uses it.';

const shown = (key: string, file: string): Outcome => ({
  output: key,
  advice: `This key is shown once. It belongs in a backend, never in a browser.\n${upload(file)}`,
});

/** Places of a secret, by its name. */
const put = (name: string) => `  on Cloudflare: npx wrangler secret put ${name}
  on a server of your own: ${name}, or a file that ${name}_FILE names`;

const TEMPLATE_ADVICE = `The first key is the secret as it is:
${put('TEMPLATE_KEYS')}
A further one goes behind the keys there are, with a space between. The first seals: move the new one there
a quarter of an hour later, when every isolate opens what it seals.
Keep a safe copy: Cloudflare does not show a secret again, and without its key a template is worth nothing.`;

const ASSERTION_ADVICE = `The secret is a JSON array of such keys, the first one in brackets: [KEY]
${put('ASSERTION_KEYS')}
A further one goes behind the keys there are. The first signs: move the new one there a quarter of an hour
later, when no copy of the JWKS lacks it.`;
