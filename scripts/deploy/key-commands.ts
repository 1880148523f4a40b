/** What `npm run keys` does: it makes what a deployment's secrets hold. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import {
  create,
  describe,
  Mistake,
  newKey,
  readTenants,
  revoke,
  rotate,
  writeTenants,
} from './tenant-file.ts';

export const USAGE = `npm run keys -- COMMAND [--file tenants.json]
  create TENANT NAME [--scopes verify,enrol,login,identify] [--audience URL]... [--origin URL]...
  rotate TENANT NAME      another key under the same name; templates stay valid
  revoke TENANT NAME
  list
  template                a new key for TEMPLATE_KEYS
  assertion               a new key for ASSERTION_KEYS`;

/** What a command has to say. */
export interface Outcome {
  /** For standard output, so that a key can be piped to where it is to go: it and nothing else. */
  readonly output?: string;
  /** For whoever sits there. */
  readonly advice?: string;
}

/**
 * Runs one command. A new key is in the outcome, and kept nowhere: the file has its digest.
 *
 * @throws Mistake for what the operator got wrong; then nothing was changed
 */
export function runKeys(argv: string[]): Outcome {
  const { values, positionals } = parse(argv);
  const { file } = values;
  const [command = '', ...names] = positionals;
  const counts: Record<string, number> = { create: 2, rotate: 2, revoke: 2 };
  if (names.length !== (counts[command] ?? 0)) throw new Mistake(USAGE);
  const [tenant, name] = names as [string, string];
  switch (command) {
    case 'create': {
      const key = newKey();
      const { audience: audiences = [], origin: origins = [] } = values;
      const scopes = values.scopes.split(',');
      const creation = { tenant, name, key, scopes, audiences, origins };
      writeTenants(file, create(readTenants(file), creation));
      return shown(key, file);
    }
    case 'rotate': {
      const key = newKey();
      writeTenants(file, rotate(readTenants(file), tenant, name, key));
      return shown(key, file);
    }
    case 'revoke':
      writeTenants(file, revoke(readTenants(file), tenant, name));
      return { advice: `${tenant}'s key ${name} ends when this is uploaded.\n${upload(file)}` };
    case 'list':
      return { output: describe(readTenants(file)) };
    case 'template':
      return { output: randomBytes(32).toString('base64url'), advice: TEMPLATE_ADVICE };
    case 'assertion':
      return { output: JSON.stringify(assertionKey()), advice: ASSERTION_ADVICE };
    default:
      throw new Mistake(USAGE);
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        scopes: { type: 'string', default: 'verify' },
        audience: { type: 'string', multiple: true },
        origin: { type: 'string', multiple: true },
        file: { type: 'string', default: 'tenants.json' },
      },
    });
  } catch (error) {
    throw new Mistake(`${(error as Error).message}\n${USAGE}`);
  }
}

const upload = (file: string) => `Upload it:\n  npx wrangler secret put API_KEYS < ${file}`;

const shown = (key: string, file: string): Outcome => ({
  output: key,
  advice: `This key is shown once. It belongs in a backend, never in a browser.\n${upload(file)}`,
});

const TEMPLATE_ADVICE = `Put it before the keys there are, with a space between, and upload them all:
  npx wrangler secret put TEMPLATE_KEYS
A secret cannot be read back, and without its key a template is worth nothing: keep a safe copy.`;

const ASSERTION_ADVICE = `Put it behind the keys there are, in one JSON array, and upload them all:
  npx wrangler secret put ASSERTION_KEYS
The first signs: move it there a quarter of an hour later, when no copy of the JWKS lacks it.`;

/** A private key for ES256 as JWK (RFC 7518 section 6.2). */
function assertionKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' });
  return { kty, crv, x, y, d };
}
