/** Requests: who may ask, and how much room and time a request gets. */
import { line, type Mutant, none } from '../mutant.ts';

const RESPONSE_TESTS = ['login-response', 'login-response-refusals', 'login-response-tenants'];

export const REQUESTS: readonly Mutant[] = [
  // Who may ask
  line('a key without the scope', "!c.get('caller').scopes.has(scope)", ['access']),
  {
    lets: 'the documented key on a deployment',
    check: 'const documented = development ?',
    instead: 'const documented = true ?',
    tests: ['api-keys'],
  },
  // Admission of bodies
  {
    lets: 'strangers in the place of logins: frames are let in before their challenge is opened',
    check: 'if (first || reader.ended || reader.bytes.length >= MAX_HEAD_BYTES) {',
    instead: 'if (reader.ended) {',
    tests: ['http/body'],
  },
  {
    lets: 'a tenant that holds all the room there is',
    check: '      if (over > 0) return { group, over };\n',
    instead: none,
    tests: ['http/uploads'],
  },
  {
    lets: 'a body that stands still for ever',
    check: "      if (read === 'late') throw tooSlow();\n",
    instead: "      if (read === 'late') return reading;\n",
    tests: ['http/body-reader'],
  },
  line(
    'a member of a JSON body that was looked at by another, and a second one that counts',
    'names.has(name)',
    ['http/json'],
  ),
  {
    lets: 'a gallery that is deleted by a 404, after a change of the engine',
    check: 'if (this.#has(this.#own) || !this.#has(this.#other)) return this.#configured;',
    instead: 'if (this) return this.#configured;',
    tests: ['gallery/engines'],
  },
  {
    lets: 'a whole gallery deleted for `?subject=anna`',
    check: '  refuseParameters(c.req.url);\n',
    instead: none,
    tests: ['api/galleries'],
  },
  line(
    'one client that uses up the logins of all whose IPv4 address a proxy writes as IPv6',
    "groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'",
    ['auth/subnet'],
  ),
  {
    lets: 'a string of 42 MB for a picture that was sent as text',
    check: 'content.length <= TEXT_CAPS[kind] ?',
    instead: 'kind ?',
    tests: ['http/form'],
  },
  {
    lets: 'two million strings for the two million words of a field',
    check: 'split(/\\s+/, MAX_IDENTIFY_TEMPLATES + 1)',
    instead: 'split(/\\s+/)',
    tests: ['api/identify'],
  },
  {
    lets: 'a client counted anew with each connection, since its proxy writes the port too',
    check: "return withoutPort(said || (request.cf?.clientIp ?? ''));",
    instead: "return said || withoutPort(request.cf?.clientIp ?? '');",
    tests: ['self-host/config'],
  },
  {
    lets: 'another path than the proxy saw, which a client names in its Host',
    check: "  if (/[/\\\\?#@]/.test(request.headers.get('Host') ?? '')) return undefined;\n",
    instead: none,
    tests: ['self-host/config'],
  },
  {
    lets: 'a disk that questions about nobody fill, start after start',
    check: '  deleteUnusedFiles(data); // of a folder that is ours alone\n',
    instead: none,
    tests: ['self-host/start'],
  },
  {
    lets: 'a deployment called ready whose settings are wrong, or whose secrets cannot be read',
    check: '  if (wrong !== undefined) return wrong;\n',
    instead: none,
    tests: ['api/ready'],
  },
  {
    lets: 'a deployment called ready whose settings are wrong',
    check: '    checkSettings(models, env);\n',
    instead: none,
    tests: ['api/settings'],
  },
  {
    lets: 'faces keep the thread from what arrives',
    check: '      await untilEventsRan();\n',
    instead: none,
    tests: ['http/fair-queue'],
  },
  {
    lets: 'a body refused as slow that nobody had time to read',
    check: "read === 'late' && chances > 0 && this.#wasBusy(until)",
    instead: 'false',
    tests: ['http/body-reader'],
  },
  {
    lets: 'a stalled upload that stays as long as the thread is busy',
    check: 'chances > 0 && ',
    instead: none,
    tests: ['http/body-reader'],
  },
  {
    lets: 'a body in pieces of one byte, each a read',
    check: 'reader.readAtLeast(Math.min(LEAST_READ_BYTES, view.length), view)',
    instead: 'reader.read(view)',
    tests: ['http/body-reader'],
  },
  {
    lets: 'turns taken for clients that have hung up',
    check: ', c.req.raw.signal)',
    instead: ')',
    tests: ['http/hung-up'],
  },
  {
    lets: 'forty requests of one tenant before one of another',
    check: '    this.#waiting.delete(party);\n    line.delete(waiter);',
    instead: '    line.delete(waiter);',
    tests: ['http/fair-queue'],
  },
  {
    lets: 'more enrolments by way of galleries than the rate of enrolments',
    check: 'body(GALLERY_PUT, models), rateLimitPictures, ',
    instead: 'body(GALLERY_PUT, models), ',
    tests: ['api/galleries'],
  },
  {
    lets: 'a login rate that one person uses up',
    check:
      "      await countRequest('RATE_SUBJECT', JSON.stringify([tenant.id, subject]), c.env);\n",
    instead: none,
    tests: ['api/challenges'],
  },
  {
    lets: 'assertions from whoever the Host header names',
    check: '  if (isDevelopment(c.env)) return new URL(c.req.url).origin;',
    instead: '  return new URL(c.req.url).origin;',
    tests: ['api/challenges'],
  },
  {
    lets: 'tries without end, by faults that are provoked',
    check: '  if (returned.length >= MAX_RETURNED_ATTEMPTS) return undefined;\n',
    instead: none,
    tests: RESPONSE_TESTS,
  },
];
