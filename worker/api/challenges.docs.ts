/** Answers of `POST /v1/challenges`, and the documentation. */

import * as z from 'zod/mini';
import { LOGIN_ACTIONS, MAX_LOGIN_FAR } from '../limits.ts';
import { ACTIONS } from '../login/poses.ts';
import { CHALLENGE } from './challenges.request.ts';
import { described, enrolAgain, rate, sealed, timestamp } from './schema/answers.ts';
import {
  BODY_ERRORS,
  FAR,
  type Operation,
  STORE_ERRORS,
  SUBJECT,
  TEMPLATE_ERRORS,
} from './schema/operation.ts';
import {
  AUDIENCE,
  CHALLENGE_ID,
  CHALLENGE_TOKEN,
  NONCE,
  SUBJECT_ID,
  TEMPLATE,
} from './schema/sample.ts';

export const Challenge = z.strictObject({
  id: z.uuid(),
  challenge: sealed('The challenge itself'),
  actions: described(
    z.array(z.enum(ACTIONS)).check(z.length(LOGIN_ACTIONS)),
    "Head poses, in order. Directions are the person's own; frames are not mirrored.",
  ),
  expiresAt: timestamp(),
  far: rate(),
  enrolAgain: enrolAgain(),
});

export type Challenge = Omit<z.infer<typeof Challenge>, 'actions'> & {
  readonly actions: readonly (typeof ACTIONS)[number][];
};

export const operations: readonly Operation[] = [
  {
    id: 'challenge',
    tag: 'Login',
    method: 'post',
    path: '/v1/challenges',
    summary: 'Begin a login',
    description: "For the relying party's backend. The answer goes to the browser as it is.",
    key: 'login',
    body: CHALLENGE,
    fields: {
      subject: SUBJECT,
      template: 'The template of this subject.',
      audience: "The `aud` of the assertion: one of the tenant's registered audiences.",
      nonce: "The relying party's own, random, one a login; it comes back in the assertion.",
      far: `${FAR} Not looser than ${MAX_LOGIN_FAR}. Without it the deployment's LOGIN_FAR.`,
    },
    success: [201, Challenge],
    errors: [
      ...BODY_ERRORS,
      ...TEMPLATE_ERRORS,
      ...STORE_ERRORS,
      'too_many_attempts',
      'subject_locked',
      'rate_limited',
    ],
    sample: {
      json: { subject: SUBJECT_ID, template: TEMPLATE, audience: AUDIENCE, nonce: NONCE },
      typescript:
        'const nonce = crypto.randomUUID(); // keep it in the session\n' +
        `const audience = '${AUDIENCE}';\n` +
        'const challenge = await visavis.challenge({ subject, template, audience, nonce });',
      answers: {
        Challenge: {
          id: CHALLENGE_ID,
          challenge: CHALLENGE_TOKEN,
          actions: ['turn-left', 'look-up', 'turn-right'],
          expiresAt: '2026-11-25T12:02:00.000Z',
          far: 0.0001,
          enrolAgain: false,
        },
      },
    },
  },
];
