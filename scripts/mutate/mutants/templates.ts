/** Templates, the tokens that they are sealed in, and galleries of them. */
import { line, type Mutant, none } from '../mutant.ts';

const TEMPLATE_TESTS = ['api/templates', 'verify-template', 'challenges'];
const RESPONSE_TESTS = ['login-response', 'login-response-refusals', 'login-response-tenants'];

export const TEMPLATES: readonly Mutant[] = [
  // Sealed tokens
  {
    lets: 'tampered: another spelling of a token',
    check: ' || !isCanonical(token)',
    instead: none,
    tests: ['sealed-token'],
  },
  {
    lets: 'wrong token kind: a template for a challenge, or the other way round',
    check: "  if (typ !== TOKEN_TYPES[kind]) throw new InvalidTokenError('kind');\n",
    instead: none,
    tests: ['sealed-token', ...RESPONSE_TESTS],
  },
  {
    lets: 'a deployment without its own key',
    check: "isDevelopment(config) ? DEVELOPMENT_TEMPLATE_KEYS : ''",
    instead: 'DEVELOPMENT_TEMPLATE_KEYS',
    tests: ['sealed-token'],
  },
  // Templates
  line('cross-tenant: a template of another tenant', 'tenant !== use.tenant', TEMPLATE_TESTS),
  line(
    'cross-subject: a template of somebody else',
    '$1 !== undefined && subject !== $1',
    TEMPLATE_TESTS,
  ),
  line('expired: an old template', 'expiresAt <= now', TEMPLATE_TESTS),
  line('wrong model: a template of another network', 'servedBy === undefined', TEMPLATE_TESTS),
  // Galleries
  {
    lets: 'cross-tenant: an export of another tenant',
    check: "  if (payload.data.tenant !== tenant) throw invalid('tenant');\n",
    instead: none,
    tests: ['api/galleries'],
  },
  {
    lets: 'cross-tenant: one gallery for all tenants',
    check: 'GALLERY.idFromName(JSON.stringify([tenant, gallery]))',
    instead: "GALLERY.idFromName(JSON.stringify(['', gallery]))",
    tests: ['api/galleries'],
  },
  {
    lets: 'cross-tenant: one list of galleries for all tenants',
    check: 'GALLERY_DIRECTORY.idFromName(tenant)',
    instead: "GALLERY_DIRECTORY.idFromName('')",
    tests: ['api/galleries-list'],
  },
  {
    lets: 'a gallery that holds people and is in no list',
    check: 'await this.#directory((directory, name) => directory.add(name))',
    instead: 'this.#listed = false',
    tests: ['gallery/directory'],
  },
  {
    lets: 'who is enrolled, told to keys that may not ask',
    check: "c.get('caller').scopes.has('identify') ? { subject } : {}",
    instead: '{ subject }',
    tests: ['api/unique'],
  },
  line('anybody in who is to be unique, by a misspelt gallery', 'searched.subjects === 0', [
    'api/unique',
  ]),
  {
    lets: 'galleries managed by any key',
    check: "requireScope('galleries'), ",
    instead: none,
    tests: ['api/galleries'],
  },
  {
    lets: 'searches by any key',
    check: "requireScope('identify'), ",
    instead: none,
    tests: ['api/galleries', 'api/identify'],
  },
  {
    lets: 'a deleted subject left in storage',
    check: 'contents.inPage(page).filter((entry) => entry.subject !== subject)',
    instead: 'contents.inPage(page)',
    tests: ['gallery/embedded'],
  },
  {
    lets: 'a deleted subject left in the index',
    check: 'this.addOrphans(rows.map(({ id }) => id));',
    instead: '',
    tests: ['gallery/vectorize'],
  },
];
