/**
 * API keys, and the keys that seal templates and sign assertions: `npm run tool -- keys COMMAND`.
 */
import { defineCommand } from 'citty';
import { SCOPES } from '../../worker/auth/tenants.ts';
import { defineTool } from '../define-tool.ts';
import {
  allowPages,
  assertionKey,
  createKey,
  listKeys,
  type Outcome,
  revokeKey,
  rotateKey,
  templateKey,
} from './key-commands.ts';

const FILE = {
  type: 'string',
  valueHint: 'file',
  default: 'tenants.json',
  description: 'The list of tenants, the text of the secret API_KEYS',
} as const;

const TENANT = { type: 'positional', required: true, description: "The tenant's id" } as const;
const NAME = { type: 'positional', required: true, description: "The key's name" } as const;

const AUDIENCE = {
  type: 'string',
  valueHint: 'url',
  description: 'Who may be meant by assertions; repeatable',
} as const;
const ORIGIN = {
  type: 'string',
  valueHint: 'url',
  description: 'Where pages that answer challenges are; repeatable',
} as const;

export default defineCommand({
  meta: { name: 'keys', description: "Make, rotate, revoke and list a deployment's keys" },
  subCommands: {
    create: defineTool({
      name: 'create',
      description: 'A new API key, of a tenant that is there or a new one',
      repeatable: ['audience', 'origin'],
      args: {
        tenant: TENANT,
        name: NAME,
        scopes: {
          type: 'string',
          valueHint: 'list',
          default: 'verify',
          description: `Of ${SCOPES.join(', ')}`,
        },
        audience: AUDIENCE,
        origin: ORIGIN,
        file: FILE,
      },
      run: ({ tenant, name, scopes, file }, { all }) =>
        tell(
          createKey(file, {
            tenant,
            name,
            scopes: scopes.split(',').map((scope) => scope.trim()),
            audiences: all('audience'),
            origins: all('origin'),
          }),
        ),
    }),
    allow: defineTool({
      name: 'allow',
      description: 'More audiences and page origins for the logins of a tenant',
      repeatable: ['audience', 'origin'],
      args: { tenant: TENANT, audience: AUDIENCE, origin: ORIGIN, file: FILE },
      run: ({ tenant, file }, { all }) =>
        tell(allowPages(file, { tenant, audiences: all('audience'), origins: all('origin') })),
    }),
    rotate: defineTool({
      name: 'rotate',
      description: 'Another key under the same name; templates stay valid',
      args: { tenant: TENANT, name: NAME, file: FILE },
      run: ({ tenant, name, file }) => tell(rotateKey(file, tenant, name)),
    }),
    revoke: defineTool({
      name: 'revoke',
      description: 'No key under this name; the tenant stays',
      args: { tenant: TENANT, name: NAME, file: FILE },
      run: ({ tenant, name, file }) => tell(revokeKey(file, tenant, name)),
    }),
    list: defineTool({
      name: 'list',
      description: 'Tenants, their keys, audiences and origins',
      args: { file: FILE },
      run: ({ file }) => tell(listKeys(file)),
    }),
    template: defineTool({
      name: 'template',
      description: 'A new key for TEMPLATE_KEYS',
      run: () => tell(templateKey()),
    }),
    assertion: defineTool({
      name: 'assertion',
      description: 'A new key for ASSERTION_KEYS',
      run: () => tell(assertionKey()),
    }),
  },
});

function tell({ output, advice }: Outcome): void {
  if (output !== undefined) console.log(output);
  if (advice !== undefined) console.error(advice);
}
