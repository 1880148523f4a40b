/**
 * The checks that keep logins safe, each with the change that takes it out and the tests that have
 * to notice: `npm run tool -- mutations`.
 */

import type { Check } from './places.ts';

export interface Mutant extends Check {
  /** Attack that is let in without the check. */
  readonly lets: string;
  /** Tests that have to notice, each by its name or the end of its path without `.test.ts`. */
  readonly tests: readonly string[];
}

const none = '';
const TEMPLATES = ['api/templates', 'challenges'];
const RESPONSE = ['login-response'];
const ASSERTION = ['client/assertion'];
const EXAMPLE = ['examples/app'];

/** A condition that refuses is taken out by one that never holds. */
const line = (
  lets: string,
  condition: string,
  tests: readonly string[],
  instead = 'false',
): Mutant => ({ lets, check: `if (${condition})`, instead: `if (${instead})`, tests });

export const MUTANTS: readonly Mutant[] = [
  // What a relying party checks
  line(
    'an assertion at any rate',
    "!(typeof claims.far === 'number' && claims.far <= (expected.maxFar ?? MAX_FAR))",
    ASSERTION,
  ),
  line(
    'an assertion of any issuer, where none is expected',
    "typeof expected[name] !== 'string' || expected[name] === ''",
    ASSERTION,
  ),
  // The door
  {
    lets: 'strangers in the place of logins: frames are let in before their challenge is opened',
    check: 'if (first || reader.ended || reader.bytes.length >= MAX_HEAD_BYTES) {',
    instead: 'if (reader.ended) {',
    tests: ['http/body'],
  },
  {
    lets: 'a second challenge, by which the frames are not judged',
    check: 'spec.authority !== undefined && form[spec.authority] !== token',
    instead: 'false',
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
  {
    lets: 'forty requests of one tenant before one of another',
    check: '    this.#waiting.delete(party);\n    line.delete(waiter);',
    instead: '    line.delete(waiter);',
    tests: ['http/turns'],
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
    tests: RESPONSE,
  },
  // The quality floor
  line('pictures without information', "policy === 'enforce'", ['face/floor']),
  {
    lets: 'two pairs of sunglasses as one person',
    check: 'areEyesCovered(reference) && areEyesCovered(probe)',
    instead: 'false',
    tests: ['face/floor', 'reliability'],
  },
  {
    lets: 'a face upside down as an upright one',
    check: '(turned?.confidence ?? 0) > (seen?.confidence ?? 0)',
    instead: 'false',
    tests: ['face/verify'],
  },
  // Costly pictures
  line(
    'a PNG whose samples take seconds',
    'bytes * (depth === 16 ? 2 : 1) <= MAX_PNG_ROW_BYTES',
    ['png'],
    'true',
  ),
  line(
    'a JPEG whose scans take seconds',
    'header.buffered && header.coefficientBytes * header.scans > MAX_JPEG_SCANNED_BYTES',
    ['jpeg'],
  ),
  line(
    'a hundred faces, all looked at',
    "largest === undefined || policy === 'all'",
    ['policy'],
    'true',
  ),
  // Sealed tokens
  {
    lets: 'tampered: another spelling of a token',
    check: ' || !isCanonical(token)',
    instead: none,
    tests: ['token'],
  },
  {
    lets: 'wrong token kind: a template for a challenge, or the other way round',
    check: ' || typ !== TOKEN_TYPES[kind]',
    instead: none,
    tests: ['token', ...RESPONSE],
  },
  {
    lets: 'a deployment without its own key',
    check: "isDevelopment(config) ? DEVELOPMENT_TEMPLATE_KEYS : ''",
    instead: 'DEVELOPMENT_TEMPLATE_KEYS',
    tests: ['token'],
  },
  // Templates
  // Galleries
  {
    lets: 'cross-tenant: an export of another tenant',
    check: ' || payload.data.tenant !== tenant',
    instead: none,
    tests: ['api/galleries'],
  },
  {
    lets: 'cross-tenant: one gallery for all tenants',
    check: 'namespace.idFromName(JSON.stringify([tenant, gallery]))',
    instead: "namespace.idFromName(JSON.stringify(['', gallery]))",
    tests: ['api/galleries'],
  },
  {
    lets: 'who is enrolled, told to keys that may not ask',
    check: "c.get('caller').scopes.has('identify') ? { subject } : {}",
    instead: '{ subject }',
    tests: ['api/galleries'],
  },
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
  line('cross-tenant: a template of another tenant', 'tenant !== use.tenant', TEMPLATES),
  line(
    'cross-subject: a template of somebody else',
    '$1 !== undefined && subject !== $1',
    TEMPLATES,
  ),
  line('expired: an old template', 'expiresAt <= now', TEMPLATES),
  line('wrong model: a template of another network', 'servedBy === undefined', TEMPLATES),
  // Challenges
  {
    lets: 'a page of this machine, or an audience here, for a tenant of a deployment',
    check: 'loopback && parseUrl(origin)',
    instead: 'parseUrl(origin)',
    tests: ['tenants'],
  },
  line(
    'wrong audience: one that is not registered',
    '!allowsAudience(tenant, audience)',
    TEMPLATES,
  ),
  line('expired: an old challenge', 'payload.exp <= now', RESPONSE),
  line('a challenge at the address of another', "challenge.id !== c.req.param('id')", RESPONSE),
  line(
    'wrong audience: one that was given up meanwhile',
    '!tenant || !allowsAudience(tenant, challenge.audience)',
    RESPONSE,
    '!tenant',
  ),
  line('wrong model: a challenge of another network', 'model === undefined', RESPONSE),
  {
    lets: 'cross-tenant: the page of another tenant',
    check: '    requireOrigin(c, tenant);\n',
    instead: none,
    tests: RESPONSE,
  },
  {
    lets: 'a looser rate than a login may have',
    check: '.filter((rate) => rate.far <= MAX_LOGIN_FAR)',
    instead: none,
    tests: TEMPLATES,
  },
  // Attempts
  {
    lets: 'second use of a challenge',
    check: ' || kv.get(USED + challengeId) !== undefined',
    instead: none,
    tests: ['login/attempts', ...RESPONSE],
  },
  {
    lets: 'parallel use, and faces looked at for free: no claim before the face work',
    check: '  await claim(attempts, challenge);\n',
    instead: none,
    tests: RESPONSE,
  },
  {
    lets: 'an assertion for an attempt that was not there to be taken back',
    check: '!(await attempts.succeed(challenge.id))',
    instead: '(await attempts.succeed(challenge.id)) === null',
    tests: RESPONSE,
  },
  {
    lets: 'guessing without end: no lock',
    check: "  if (failed >= MAX_LOGIN_FAILURES) return { kind: 'locked' };\n",
    instead: none,
    tests: ['login/attempts'],
  },
  {
    lets: 'guessing without end: no delay',
    check: 'now < until ?',
    instead: 'false ?',
    tests: ['login/attempts', ...RESPONSE],
  },
  {
    lets: "cross-tenant: one tenant's failures locking another's subject",
    check: 'JSON.stringify([tenant, subject])',
    instead: 'subject',
    tests: ['login/attempts', ...RESPONSE],
  },
  {
    lets: 'why a login failed, told to the browser',
    check: '  if (!ours || !(await attempts.giveBack(challenge.id))) return;\n',
    instead: '  if (!ours || !(await attempts.giveBack(challenge.id))) throw error;\n',
    tests: RESPONSE,
  },
  // Frames
  line('any pose', '!performs(action, this.#face.pose, frame.report.quality)', ['liveness']),
  line('a frame repeated, or a print tilted', 'repeat !== undefined', ['liveness']),
  line('a frame robbed of its colours', 'isDrained(frontal, shot)', ['repeats']),
  line('a print tilted', 'registrationScore(frontal.look, shot.look, limit) >= limit', ['repeats']),
  line('a frame repeated or warped', 'before.some((other) => isReplay(other, shot))', ['repeats']),
  {
    lets: 'a frame mirrored',
    check: 'before.some((other) => isMirror(other.look, mirror))',
    instead: 'false',
    tests: ['repeats'],
  },
  {
    lets: 'one pose for a turn and for a look askew',
    check: 'up < TURN_SECTOR * turn && ',
    instead: none,
    tests: ['poses'],
  },
  {
    lets: 'a helper who turns for a photo',
    check: 'squaredDistance(facing, embedding) <= rate.threshold',
    instead: 'squaredDistance(facing, embedding) <= 4',
    tests: ['liveness'],
  },
  line('a bad frontal frame', 'gateFailures(quality).length > 0 || !facesCamera(quality)', [
    'liveness',
  ]),
  {
    lets: 'another person',
    check: 'distance <= input.rate.threshold ?',
    instead: 'distance <= 4 ?',
    tests: ['liveness'],
  },
  // Who may ask
  line('a key without the scope', "!c.get('caller').scopes.has(scope)", ['access']),
  {
    lets: 'the documented key on a deployment',
    check: 'const documented = development ?',
    instead: 'const documented = true ?',
    tests: ['api-keys'],
  },
  // The assertion, as a backend checks it
  ...(['aud', 'tenant', 'sub', 'nonce'] as const).map((claim): Mutant => {
    const [what, expected] = (
      {
        aud: ['wrong audience', 'audience'],
        tenant: ['cross-tenant', 'tenant'],
        sub: ['cross-subject', 'subject'],
        nonce: ['wrong nonce', 'nonce'],
      } as const
    )[claim];
    return line(
      `${what}: an assertion with another ${claim}`,
      `claims.${claim} !== expected.${expected}`,
      ASSERTION,
    );
  }),
  {
    lets: 'another issuer',
    check: '      issuer: expected.issuer,\n',
    instead: none,
    tests: ASSERTION,
  },
  {
    lets: 'expired: an old assertion',
    check: '      clockTolerance: LEEWAY_SECONDS,\n      maxTokenAge: MAX_LIFE_SECONDS,\n',
    instead: '      clockTolerance: 1e9 + MAX_LIFE_SECONDS,\n',
    tests: ASSERTION,
  },
  {
    lets: 'wrong token kind: another token signed with the same key',
    check: '      typ: TYPE,\n',
    instead: '      ...(TYPE && {}),\n',
    tests: ASSERTION,
  },
  {
    lets: 'another algorithm',
    check: '      algorithms: [ALGORITHM],\n',
    instead: '      ...(ALGORITHM && {}),\n',
    tests: ASSERTION,
  },
  {
    lets: 'replay of an assertion',
    check: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) !== false',
    instead: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) === (0 as unknown)',
    tests: ASSERTION,
  },
  // Enrolment and pictures
  {
    lets: 'one picture for several at enrolment',
    check: '  refuseCopies(embeddings);\n',
    instead: none,
    tests: ['face/enrol'],
  },
  {
    lets: 'two people enrolled as one, at a looser rate',
    check: 'export const SAME_PERSON_FAR = 1e-4;',
    instead: 'export const SAME_PERSON_FAR = 1e-3;',
    tests: ['face/enrol'],
  },
  {
    lets: 'a damaged JPEG behind a harmless warning',
    check: '    if (!stray) throw new DecodeError(text);\n',
    instead: '    if (!stray) return;\n',
    tests: ['image/jpeg/oddities'],
  },
  {
    lets: 'a rate in the URL that nobody reads',
    check: '  if (parameter !== undefined) throw inQuery(parameter);\n',
    instead: none,
    tests: ['api/verify'],
  },
  // The example
  {
    lets: 'the example: a nonce used twice',
    check: '    delete session.nonce; // whatever comes of it, it is used\n',
    instead: none,
    tests: EXAMPLE,
  },
  {
    lets: 'the example: posts of other sites',
    check: "c.req.method === 'POST' && c.req.header('origin') !== origin",
    instead: 'false',
    tests: EXAMPLE,
  },
  {
    lets: 'the example: a face enrolled without a code just before',
    check: ' || !sessions.isFresh(sessionOf(c))',
    instead: none,
    tests: EXAMPLE,
  },
];
