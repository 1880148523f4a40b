/** Logins: challenges, counted attempts, and the frames. */
import { line, type Mutant, none } from '../mutant.ts';

const TEMPLATE_TESTS = ['api/templates', 'verify-template', 'challenges'];
const RESPONSE_TESTS = ['login-response', 'login-response-refusals', 'login-response-tenants'];

export const LOGINS: readonly Mutant[] = [
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
    TEMPLATE_TESTS,
  ),
  line('expired: an old challenge', 'payload.exp <= now', RESPONSE_TESTS),
  line(
    'a challenge at the address of another',
    "challenge.id !== c.req.param('id')",
    RESPONSE_TESTS,
  ),
  line(
    'wrong audience: one that was given up meanwhile',
    '!allowsAudience(tenant, challenge.audience)',
    RESPONSE_TESTS,
  ),
  line('wrong model: a challenge of another network', 'model === undefined', RESPONSE_TESTS),
  {
    lets: 'cross-tenant: the page of another tenant',
    check: '    requireOrigin(c, tenant);\n',
    instead: none,
    tests: RESPONSE_TESTS,
  },
  {
    lets: 'a looser rate than a login may have',
    check: '.filter((rate) => rate.far <= MAX_LOGIN_FAR)',
    instead: none,
    tests: TEMPLATE_TESTS,
  },
  // Attempts
  {
    lets: 'second use of a challenge',
    check: 'claimed.open && isOf(response, claimed)',
    instead: 'true',
    tests: ['login/attempts', ...RESPONSE_TESTS],
  },
  {
    lets: 'one claim or success told by two responses',
    check: 'response !== undefined && used.response === response',
    instead: 'true',
    tests: ['login/attempts', ...RESPONSE_TESTS],
  },
  {
    lets: 'parallel use, and faces looked at for free: no claim before the face work',
    check: '  await claim(attempts);\n',
    instead: none,
    tests: RESPONSE_TESTS,
  },
  {
    lets: 'an assertion for an attempt that was not there to be taken back',
    check: '!(await attempts.succeed())',
    instead: '(await attempts.succeed()) === null',
    tests: RESPONSE_TESTS,
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
    tests: ['login/attempts', ...RESPONSE_TESTS],
  },
  {
    lets: "cross-tenant: one tenant's failures locking another's subject",
    check: 'JSON.stringify([tenant, subject])',
    instead: 'subject',
    tests: ['login/attempts', ...RESPONSE_TESTS],
  },
  {
    lets: 'why a login failed, told to the browser',
    check: '  if (!ours || !(await attempts.giveBack())) return;\n',
    instead: '  if (!ours || !(await attempts.giveBack())) throw error;\n',
    tests: RESPONSE_TESTS,
  },
  // Frames
  line('any pose', '!performs(action, this.#frontalShot.pose, frame.report.quality)', [
    'login/challenge-response',
  ]),
  line('a frame repeated, or a print tilted', 'repeat !== undefined', ['login/challenge-response']),
  line('a frame robbed of its colours', 'lacksColour(frontal, shot)', ['repeats']),
  line('a print tilted', 'registrationScore(frontal.target, shot.target, limit) >= limit', [
    'repeats',
  ]),
  line('a frame repeated or warped', 'before.some((other) => isReplay(other, shot))', ['repeats']),
  {
    lets: 'a frame mirrored',
    check: 'before.some((other) => isMirror(other.target, mirror))',
    instead: 'false',
    tests: ['repeats'],
  },
  {
    lets: 'one pose for a turn and for a diagonal look',
    check: 'up < TURN_SECTOR * turn && ',
    instead: none,
    tests: ['poses'],
  },
  {
    lets: 'a helper who turns for a photo',
    check: 'isMatch(squaredDistance(frontal, embedding), rate)',
    instead: 'isMatch(squaredDistance(frontal, embedding), { threshold: 4 })',
    tests: ['login/challenge-response'],
  },
  line('a bad frontal frame', 'gateFailures(quality).length > 0 || !facesCamera(quality)', [
    'login/challenge-response',
  ]),
  {
    lets: 'another person',
    check: 'isMatch(distance, input.rate) ?',
    instead: 'isMatch(distance, { threshold: 4 }) ?',
    tests: ['login/challenge-response'],
  },
];
