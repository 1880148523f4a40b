/** Assertions: what a relying party checks, and what the example adds. */
import { line, type Mutant, none } from '../mutant.ts';

const ASSERTION_TESTS = ['client/assertion'];
const EXAMPLE_TESTS = ['examples/app'];
const HONO_TESTS = ['client/hono'];

export const ASSERTIONS: readonly Mutant[] = [
  // Its checks, as a backend makes them
  line(
    'an assertion at any rate',
    "!(typeof claims.far === 'number' && claims.far <= (expected.maxFar ?? MAX_FAR))",
    ASSERTION_TESTS,
  ),
  line(
    'an assertion of any issuer, where none is expected',
    "typeof expected[name] !== 'string' || expected[name] === ''",
    ASSERTION_TESTS,
  ),
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
      ASSERTION_TESTS,
    );
  }),
  {
    lets: 'another issuer',
    check: '      issuer: expected.issuer,\n',
    instead: none,
    tests: ASSERTION_TESTS,
  },
  {
    lets: 'expired: an old assertion',
    check: '      clockTolerance: LEEWAY_SECONDS,\n      maxTokenAge: MAX_LIFE_SECONDS,\n',
    instead: '      clockTolerance: 1e9 + MAX_LIFE_SECONDS,\n',
    tests: ASSERTION_TESTS,
  },
  {
    lets: 'wrong token kind: another token signed with the same key',
    check: '      typ: TYPE,\n',
    instead: '      ...(TYPE && {}),\n',
    tests: ASSERTION_TESTS,
  },
  {
    lets: 'another algorithm',
    check: '      algorithms: [ALGORITHM],\n',
    instead: '      ...(ALGORITHM && {}),\n',
    tests: ASSERTION_TESTS,
  },
  {
    lets: 'replay of an assertion',
    check: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) !== false',
    instead: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) === (0 as unknown)',
    tests: ASSERTION_TESTS,
  },
  // The example
  {
    lets: 'the example: a nonce used twice',
    check: '    delete session.nonce; // whatever comes of it, it is used\n',
    instead: none,
    tests: EXAMPLE_TESTS,
  },
  {
    lets: 'the example: posts of other sites',
    check: "c.req.method === 'POST' && c.req.header('origin') !== origin",
    instead: 'false',
    tests: EXAMPLE_TESTS,
  },
  {
    lets: 'the example: a face enrolled without a code just before',
    check: ' || !sessions.isFresh(sessionOf(c))',
    instead: none,
    tests: ['examples/face'],
  },
  // The second step
  {
    lets: 'the second step: a look of another session of this person',
    check: 'JSON.stringify([secret, purpose, subject, session])',
    instead: 'JSON.stringify([secret, purpose, subject])',
    tests: HONO_TESTS,
  },
  line('the second step: an old look', '!(age <= maxAge)', HONO_TESTS, 'age > maxAge'),
  line(
    'the second step: a face set up by a page of another site',
    "c.req.header('sec-fetch-site') === 'cross-site'",
    HONO_TESTS,
  ),
  {
    ...line(
      'the second step: a face set up without consent',
      "form.get('consent') !== 'yes'",
      HONO_TESTS,
    ),
    of: 'readEnrolment',
  },
  {
    lets: 'the second step: a body of any size, read whole',
    check: "      if (left < 0) controller.error(new RangeError('too large'));\n      else ",
    instead: '      ',
    tests: HONO_TESTS,
  },
];
