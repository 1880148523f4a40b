/** The API as its documentation has it: `npm run openapi` makes openapi.json and /docs of this. */
import type * as z from 'zod/mini';
import type { Code } from '../../errors.ts';
import { type Body, CHALLENGE, ENROL, RESPONSE, VERIFY } from './requests.ts';
import {
  AttemptsReport,
  Challenge,
  Enrolment,
  Health,
  Jwks,
  LoginAnswer,
  Model,
  ModelCard,
  TemplateVerification,
  Verification,
} from './responses.ts';

/** What is in a path besides its fixed parts. */
export const PARAMETERS = {
  id: "The challenge's `id`.",
  subject: "The tenant's own, opaque id of the person, percent-encoded.",
} as const;

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** What the API key has to be good for; `any` key, or none at all. */
  readonly key: 'verify' | 'enrol' | 'login' | 'any' | 'none';
  readonly body?: Body;
  /** What a field's schema does not say. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The schemas of success, of which the answer has one; none for an empty answer. */
  readonly success: readonly [status: number, ...schemas: z.ZodMiniType[]];
  /** Of success, where it is not plain JSON. */
  readonly media?: string;
  /** Next to those that every such operation can have. */
  readonly errors: readonly Code[];
}

const BODY_ERRORS: Code[] = ['invalid_request', 'payload_too_large', 'overloaded'];
const PICTURE_ERRORS: Code[] = [
  'image_too_large',
  'unsupported_format',
  'undecodable_image',
  'no_face',
  'multiple_faces',
  'face_too_small',
];
const TEMPLATE_ERRORS: Code[] = ['template_invalid', 'template_expired', 'template_model_mismatch'];

const PICTURE = 'JPEG, PNG or WebP, told by its bytes; EXIF orientation is heeded.';
const SUBJECT = "The tenant's own, opaque id of the person: not an e-mail address.";
const FAR = 'One of the calibrated false-accept rates of `GET /v1/model`, in any spelling.';

export const OPERATIONS: readonly Operation[] = [
  {
    id: 'verify',
    method: 'post',
    path: '/v1/verify',
    summary: 'Do two pictures, or a template and a picture, show one person?',
    key: 'verify',
    body: VERIFY,
    fields: {
      reference: 'A picture; or, as text, a template, and then with its `subject`.',
      probe: PICTURE,
      subject: 'Of the template: sent with one, and only then.',
      far: `${FAR} Without it the deployment's own.`,
      faces:
        'Which face of a picture counts: `dominant`, the largest, unless another is more than ' +
        'half its size; `one`, the only one; `largest`, whatever else there is. Of a face that the ' +
        'edge cuts off, only what the picture shows counts.',
    },
    success: [200, Verification, TemplateVerification],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, ...TEMPLATE_ERRORS, 'rate_limited'],
  },
  {
    id: 'enrol',
    method: 'post',
    path: '/v1/templates',
    summary: 'Make a template of one person',
    description:
      'The template is given out sealed and kept nowhere here. It is good for this tenant and ' +
      'subject, and for the networks that made it.',
    key: 'enrol',
    body: ENROL,
    fields: {
      image: `Pictures of the person. ${PICTURE}`,
      subject: SUBJECT,
      days: 'How long the template is good. Without it 365.',
    },
    success: [201, Enrolment],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, 'low_quality', 'rate_limited'],
  },
  {
    id: 'challenge',
    method: 'post',
    path: '/v1/challenges',
    summary: 'Begin a login',
    description: "For the relying party's backend. The answer goes to the browser as it is.",
    key: 'login',
    body: CHALLENGE,
    fields: {
      subject: SUBJECT,
      template: 'Of this subject.',
      audience: "Whom the assertion is for: one of the tenant's registered audiences.",
      nonce: "The relying party's own, random, one a login; it comes back in the assertion.",
      far: `${FAR} Not looser than 0.001. Without it the deployment's LOGIN_FAR.`,
    },
    success: [201, Challenge],
    errors: [
      ...BODY_ERRORS,
      ...TEMPLATE_ERRORS,
      'too_many_attempts',
      'subject_locked',
      'rate_limited',
    ],
  },
  {
    id: 'respond',
    method: 'post',
    path: '/v1/challenges/{id}/response',
    summary: 'Answer a challenge',
    description:
      'For the browser: there is no API key, the challenge is the authority. A page must be of ' +
      "the tenant's registered origins. Frames are sent as the camera gives them, not mirrored.",
    key: 'none',
    body: RESPONSE,
    fields: {
      challenge: 'As `POST /v1/challenges` gave it.',
      frontal: `A frame that faces the camera. ${PICTURE}`,
      action: 'One frame for each action of the challenge, in its order.',
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
    ],
  },
  {
    id: 'readAttempts',
    method: 'get',
    path: '/v1/subjects/{subject}/attempts',
    summary: "How a subject's logins went",
    key: 'login',
    success: [200, AttemptsReport],
    errors: ['invalid_request', 'rate_limited'],
  },
  {
    id: 'resetAttempts',
    method: 'delete',
    path: '/v1/subjects/{subject}/attempts',
    summary: 'Forget failed logins, and unlock',
    key: 'login',
    success: [204],
    errors: ['invalid_request', 'rate_limited'],
  },
  {
    id: 'model',
    method: 'get',
    path: '/v1/model',
    summary: 'Which network answers, and its thresholds',
    key: 'any',
    success: [200, Model],
    errors: [],
  },
  {
    id: 'modelCard',
    method: 'get',
    path: '/v1/model/card',
    summary: 'How well the network does',
    description: 'All that was measured, some 100 KB: by rate, by group of people, on which data.',
    key: 'any',
    success: [200, ModelCard],
    errors: [],
  },
  {
    id: 'jwks',
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys of assertions',
    key: 'none',
    success: [200, Jwks],
    media: 'application/jwk-set+json',
    errors: ['not_configured'],
  },
  {
    id: 'health',
    method: 'get',
    path: '/healthz',
    summary: 'Does it run?',
    key: 'none',
    success: [200, Health],
    errors: [],
  },
];

/** What every operation of this kind can answer with, besides its own errors. */
export function errorsOf({ key, errors }: Operation): readonly Code[] {
  const keyed: Code[] = key === 'none' ? [] : ['unauthorized', 'not_configured'];
  const scoped: Code[] = key === 'none' || key === 'any' ? [] : ['forbidden'];
  return [...new Set<Code>([...keyed, ...scoped, ...errors, 'internal'])];
}
