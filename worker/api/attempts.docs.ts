/** Answers of `/v1/subjects/{subject}/attempts`, and the documentation. */

import * as z from 'zod/mini';
import { described, timestamp } from './schema/answers.ts';
import { type Operation, STORE_ERRORS } from './schema/operation.ts';
import { SUBJECT_ID } from './schema/sample.ts';

export const AttemptsReport = z.strictObject({
  subject: z.string(),
  failures: described(
    z.int().check(z.minimum(0)),
    'Consecutive ones, a login that is under way among them.',
  ),
  delayedUntil: z.nullable(timestamp()),
  locked: described(z.boolean(), 'Every login is refused until the attempts are reset.'),
});

/** Attempts of a subject. One that never tried looks like one that has just succeeded. */
export type AttemptsReport = z.infer<typeof AttemptsReport>;

export const operations: readonly Operation[] = [
  {
    id: 'readAttempts',
    tag: 'Login',
    method: 'get',
    path: '/v1/subjects/{subject}/attempts',
    summary: "How a subject's logins went",
    key: 'login',
    success: [200, AttemptsReport],
    errors: ['invalid_request', 'rate_limited', ...STORE_ERRORS],
    sample: {
      typescript: 'const { failures, delayedUntil, locked } = await visavis.attempts(subject);',
      answers: {
        AttemptsReport: { subject: SUBJECT_ID, failures: 2, delayedUntil: null, locked: false },
      },
    },
  },
  {
    id: 'resetAttempts',
    tag: 'Login',
    method: 'delete',
    path: '/v1/subjects/{subject}/attempts',
    summary: 'Forget failed logins, and unlock',
    key: 'reset',
    success: [204],
    errors: ['invalid_request', 'rate_limited', ...STORE_ERRORS],
    sample: {
      typescript: 'await visavis.resetAttempts(subject);',
    },
  },
];
