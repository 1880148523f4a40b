/**
 * The checks that keep logins safe, each with the change that takes it out and the tests that have
 * to notice: `npm run tool -- mutations`.
 */

export interface Mutant {
  /** What is let in without the check. */
  readonly lets: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly check: string;
  readonly instead: string;
  readonly tests: readonly string[];
}

const none = '';
const TEMPLATES = ['test/api/templates.test.ts', 'test/api/challenges.test.ts'];
const RESPONSE = ['test/api/login-response.test.ts'];
const ASSERTION = ['test/client/assertion.test.ts'];
const EXAMPLE = ['test/examples/app.node.test.ts'];

/** A line of `throw`s for a condition is taken out by a condition that never holds. */
const line = (
  lets: string,
  file: string,
  condition: string,
  tests: readonly string[],
  instead = 'false',
): Mutant => ({ lets, file, check: `if (${condition})`, instead: `if (${instead})`, tests });

export const MUTANTS: readonly Mutant[] = [
  // Costly pictures
  line(
    'a PNG whose samples take seconds',
    'worker/image/png/png.ts',
    'bytes * (depth === 16 ? 2 : 1) <= MAX_PNG_ROW_BYTES',
    ['test/image/png/png.test.ts'],
    'true',
  ),
  line(
    'a JPEG whose scans take seconds',
    'worker/image/jpeg/jpeg.ts',
    'header.buffered && header.coefficientBytes * header.scans > MAX_JPEG_SCANNED_BYTES',
    ['test/image/jpeg/jpeg.test.ts'],
  ),
  line(
    'a hundred faces, all looked at',
    'worker/face/policy.ts',
    "largest === undefined || policy === 'all'",
    ['test/face/policy.test.ts'],
    'true',
  ),
  // Sealed tokens
  {
    lets: 'tampered: another spelling of a token',
    file: 'worker/login/token.ts',
    check: ' || !isCanonical(token)',
    instead: none,
    tests: ['test/login/token.test.ts'],
  },
  {
    lets: 'wrong token kind: a template for a challenge, or the other way round',
    file: 'worker/login/token.ts',
    check: ' || typ !== TOKEN_TYPES[kind]',
    instead: none,
    tests: ['test/login/token.test.ts', ...RESPONSE],
  },
  {
    lets: 'a deployment without its own key',
    file: 'worker/login/token.ts',
    check: "isDevelopment(config) ? DEVELOPMENT_TEMPLATE_KEYS : ''",
    instead: 'DEVELOPMENT_TEMPLATE_KEYS',
    tests: ['test/login/token.test.ts'],
  },
  // Templates
  line(
    'cross-tenant: a template of another tenant',
    'worker/login/template-token.ts',
    'tenant !== use.tenant',
    TEMPLATES,
  ),
  line(
    'cross-subject: a template of somebody else',
    'worker/login/template-token.ts',
    'subject !== use.subject',
    TEMPLATES,
  ),
  line('expired: an old template', 'worker/login/template-token.ts', 'expiresAt <= now', TEMPLATES),
  line(
    'wrong model: a template of another network',
    'worker/login/template-token.ts',
    'model !== use.model',
    TEMPLATES,
  ),
  // Challenges
  {
    lets: 'a page of this machine, or an audience here, for a tenant of a deployment',
    file: 'worker/auth/tenant.ts',
    check: 'loopback && parseUrl(origin)',
    instead: 'parseUrl(origin)',
    tests: ['test/auth/tenants.test.ts'],
  },
  line(
    'wrong audience: one that is not registered',
    'worker/api/challenges.ts',
    '!allowsAudience(tenant, audience)',
    TEMPLATES,
  ),
  line(
    'expired: an old challenge',
    'worker/login/challenge-token.ts',
    'payload.exp <= now',
    RESPONSE,
  ),
  line(
    'a challenge at the address of another',
    'worker/api/login-response.ts',
    "challenge.id !== c.req.param('id')",
    RESPONSE,
  ),
  line(
    'wrong audience: one that was given up meanwhile',
    'worker/api/login-response.ts',
    '!tenant || !allowsAudience(tenant, challenge.audience)',
    RESPONSE,
    '!tenant',
  ),
  line(
    'wrong model: a challenge of another network',
    'worker/api/login-response.ts',
    'challenge.model !== modelId(services.card(c.env.MODEL))',
    RESPONSE,
  ),
  {
    lets: 'cross-tenant: the page of another tenant',
    file: 'worker/api/login-response.ts',
    check: '  requireOrigin(c, tenant);\n',
    instead: none,
    tests: RESPONSE,
  },
  {
    lets: 'a looser rate than a login may have',
    file: 'worker/api/far.ts',
    check: '.filter((rate) => rate.far <= MAX_LOGIN_FAR)',
    instead: none,
    tests: TEMPLATES,
  },
  // Attempts
  {
    lets: 'second use of a challenge',
    file: 'worker/login/attempts.ts',
    check: ' || kv.get(USED + challengeId) !== undefined',
    instead: none,
    tests: ['test/login/attempts.test.ts', ...RESPONSE],
  },
  {
    lets: 'parallel use, and faces looked at for free: no claim before the face work',
    file: 'worker/api/login-response.ts',
    check: '      await claim(attempts, challenge);\n',
    instead: none,
    tests: RESPONSE,
  },
  {
    lets: 'an assertion for an attempt that was not there to be taken back',
    file: 'worker/api/login-response.ts',
    check: '!(await attempts.succeed(challenge.id))',
    instead: '(await attempts.succeed(challenge.id)) === null',
    tests: RESPONSE,
  },
  {
    lets: 'guessing without end: no lock',
    file: 'worker/login/lockout.ts',
    check: "  if (failed >= MAX_LOGIN_FAILURES) return { kind: 'locked' };\n",
    instead: none,
    tests: ['test/login/attempts.test.ts'],
  },
  {
    lets: 'guessing without end: no delay',
    file: 'worker/login/lockout.ts',
    check: 'now < until ?',
    instead: 'false ?',
    tests: ['test/login/attempts.test.ts', ...RESPONSE],
  },
  {
    lets: "cross-tenant: one tenant's failures locking another's subject",
    file: 'worker/login/attempts.ts',
    check: 'JSON.stringify([tenant, subject])',
    instead: 'subject',
    tests: ['test/login/attempts.test.ts', ...RESPONSE],
  },
  {
    lets: 'why a login failed, told to the browser',
    file: 'worker/api/login-response.ts',
    check: "        throw new Refusal({ code: 'login_failed' });\n      }\n    });",
    instead: '        throw error;\n      }\n    });',
    tests: RESPONSE,
  },
  // Frames
  line(
    'any pose',
    'worker/login/liveness.ts',
    'frame === undefined || !performs(action, poseOf(frontal), poseOf(frame))',
    ['test/login/liveness.test.ts'],
    'frame === undefined',
  ),
  line(
    'a frame repeated, or a print tilted',
    'worker/login/liveness.ts',
    'isRepeated(frontal, turned, actions)',
    ['test/login/liveness.test.ts'],
  ),
  line(
    'a helper who turns for a photo',
    'worker/login/liveness.ts',
    'others.some((embedding) => squaredDistance(facing, embedding) > burst.threshold)',
    ['test/login/liveness.test.ts'],
  ),
  line(
    'a bad frontal frame',
    'worker/login/liveness.ts',
    'frontal === undefined || !isFrontal(frontal)',
    ['test/login/liveness.test.ts'],
    'frontal === undefined',
  ),
  {
    lets: 'another person',
    file: 'worker/login/liveness.ts',
    check: 'distance <= input.rate.threshold ?',
    instead: 'distance <= 4 ?',
    tests: ['test/login/liveness.test.ts'],
  },
  // Who may ask
  line(
    'a key without the scope',
    'worker/http/middleware.ts',
    "!c.get('caller').scopes.has(scope)",
    ['test/api/access.test.ts'],
  ),
  {
    lets: 'the documented key on a deployment',
    file: 'worker/auth/api-keys.ts',
    check: 'const documented = development ?',
    instead: 'const documented = true ?',
    tests: ['test/auth/api-keys.test.ts'],
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
    const file = 'client/assertion.ts';
    return line(
      `${what}: an assertion with another ${claim}`,
      file,
      `claims.${claim} !== expected.${expected}`,
      ASSERTION,
    );
  }),
  {
    lets: 'another issuer',
    file: 'client/assertion.ts',
    check: '      issuer: expected.issuer,\n',
    instead: none,
    tests: ASSERTION,
  },
  {
    lets: 'expired: an old assertion',
    file: 'client/assertion.ts',
    check: '      clockTolerance: LEEWAY_SECONDS,\n      maxTokenAge: MAX_LIFE_SECONDS,\n',
    instead: '      clockTolerance: 1e9 + MAX_LIFE_SECONDS,\n',
    tests: ASSERTION,
  },
  {
    lets: 'wrong token kind: another token signed with the same key',
    file: 'client/assertion.ts',
    check: '      typ: TYPE,\n',
    instead: '      ...(TYPE && {}),\n',
    tests: ASSERTION,
  },
  {
    lets: 'another algorithm',
    file: 'client/assertion.ts',
    check: '      algorithms: [ALGORITHM],\n',
    instead: '      ...(ALGORITHM && {}),\n',
    tests: ASSERTION,
  },
  {
    lets: 'replay of an assertion',
    file: 'client/assertion.ts',
    check: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) !== false',
    instead: '(await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) === (0 as unknown)',
    tests: ASSERTION,
  },
  // The example
  {
    lets: 'the example: a nonce used twice',
    file: 'examples/login/app.ts',
    check: '    delete session.nonce; // whatever comes of it, it is used\n',
    instead: none,
    tests: EXAMPLE,
  },
  {
    lets: 'the example: posts of other sites',
    file: 'examples/login/app.ts',
    check: "c.req.method === 'POST' && c.req.header('origin') !== origin",
    instead: 'false',
    tests: EXAMPLE,
  },
  {
    lets: 'the example: a face enrolled without a code just before',
    file: 'examples/login/app.ts',
    check: ' || !sessions.isFresh(sessionOf(c))',
    instead: none,
    tests: EXAMPLE,
  },
];
