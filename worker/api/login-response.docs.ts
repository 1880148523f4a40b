/** Answers of `POST /v1/challenges/{id}/response`, and the documentation. */

import * as z from 'zod/mini';
import { MAX_POSE_FRAMES } from '../limits.ts';
import { LOGIN_RESPONSE } from './login-response.request.ts';
import { described, timestamp } from './schema/answers.ts';
import { BODY_ERRORS, type Operation, PICTURE } from './schema/operation.ts';
import { CHALLENGE_TOKEN } from './schema/sample.ts';

export const LoginAnswer = z.strictObject({
  assertion: described(
    z.string(),
    'A JWT signed with ES256, `typ` `visavis-assertion+jwt`, for the relying party to check ' +
      'against `/.well-known/jwks.json`.',
  ),
  expiresAt: timestamp(),
});

export type LoginAnswer = z.infer<typeof LoginAnswer>;

export const operations: readonly Operation[] = [
  {
    id: 'respond',
    tag: 'Login',
    method: 'post',
    path: '/v1/challenges/{id}/response',
    summary: 'Answer a challenge',
    description:
      'For the browser: there is no API key, the challenge is the authority. A page must be of ' +
      "the tenant's registered origins. Frames are sent as the camera gives them, not mirrored.",
    key: 'none',
    body: LOGIN_RESPONSE,
    fields: {
      challenge:
        'The challenge, as `POST /v1/challenges` gave it. It comes first, before the pictures.',
      frontal: `1 to ${MAX_POSE_FRAMES} frames that face the camera: the first that will do counts. ${PICTURE}`,
      action:
        'One frame for each action of the challenge, in its order; or two or three of each, those ' +
        'of one action together. Of each action the first that will do counts.',
    },
    success: [200, LoginAnswer],
    errors: [
      ...BODY_ERRORS,
      'forbidden',
      'image_too_large',
      'unsupported_format',
      'undecodable_image',
      'challenge_invalid',
      'challenge_used',
      'login_failed',
      'too_many_attempts',
      'subject_locked',
      'rate_limited',
      'not_configured',
      'unavailable',
    ],
    sample: {
      form: [
        `challenge=${CHALLENGE_TOKEN}`,
        ...['frontal=@frontal.jpg', 'action=@first.jpg', 'action=@second.jpg', 'action=@third.jpg'],
      ],
      typescript:
        "import { answerChallenge, Camera, PROMPTS, timed } from 'visavis/browser';\n\n" +
        'const camera = await Camera.open(video);\n' +
        'const guide = timed(({ pose }, left) => show(PROMPTS[pose], left), 5);\n' +
        'const { assertion } = await answerChallenge({ url, challenge, camera, guide });',
      answers: {
        LoginAnswer: {
          assertion: 'eyJhbGciOiJFUzI1NiIsInR5cCI6InZpc2F2aXMtYXNzZXJ0aW9uK2p3dCJ9.eyJpc3Mi….Mt8k…',
          expiresAt: '2026-11-25T12:01:20.000Z',
        },
      },
    },
  },
];
