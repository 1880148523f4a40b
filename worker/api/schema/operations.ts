/** The API as its documentation has it: `npm run openapi` makes openapi.json and /docs of this. */
import type * as z from 'zod/mini';
import type { Scope } from '../../auth/tenants.ts';
import type { Code } from '../../errors.ts';
import {
  DEFAULT_FPIR,
  MAX_CLUSTER_FACES,
  MAX_FACES,
  MAX_LISTED_SUBJECTS,
  MAX_POSE_FRAMES,
  MAX_TOP,
} from '../../limits.ts';
import {
  type Body,
  CHALLENGE,
  CLUSTER,
  ENROL,
  GALLERY_IMPORT,
  GALLERY_PUT,
  IDENTIFY,
  LOGIN_RESPONSE,
  VERIFY,
} from './requests.ts';
import {
  AttemptsReport,
  Challenge,
  Clusters,
  Enrolment,
  GalleryImport,
  GalleryPage,
  GalleryReport,
  GallerySubject,
  GallerySubjects,
  Health,
  Identification,
  Jwks,
  LoginAnswer,
  Model,
  ModelCard,
  Ready,
  TemplateUndecided,
  TemplateVerification,
  Undecided,
  Verification,
} from './responses.ts';

/** Parameters of paths. */
export const PARAMETERS = {
  id: "The challenge's `id`.",
  gallery: "The tenant's own name of the gallery; the first subject makes it.",
  subject: "The tenant's own, opaque id of the person, percent-encoded.",
} as const;

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Scope that the API key needs; `any` key, or none at all. */
  readonly key: Scope | 'any' | 'none';
  /** Parameters of the query. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Descriptions of fields, where their schema does not say. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The schemas of success, of which the answer has one; none for an empty answer. */
  readonly success: readonly [status: number, ...schemas: z.ZodMiniType[]];
  /** Media type of success, where it is not plain JSON. */
  readonly media?: string;
  /** Next to those that every such operation can have. */
  readonly errors: readonly Code[];
}

const BODY_ERRORS: Code[] = ['invalid_request', 'payload_too_large', 'overloaded'];
const PICTURE_ERRORS: Code[] = [
  'unavailable',
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

const FPIR =
  'The false-positive identification rate: the share of searches for people who are not there ' +
  `that name somebody. One of the calibrated rates of \`GET /v1/model\`; without it ${DEFAULT_FPIR}.`;
const PAGES = {
  cursor: 'Where to go on: the `cursor` of the page before.',
  limit: `How many at most, up to ${MAX_LISTED_SUBJECTS}. Without it 100.`,
};

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
      quality:
        'What becomes of a picture below the quality floor: `enforce` refuses it as `low_quality`; ' +
        '`report` gives the distance and the reasons, and decides nothing.',
    },
    success: [200, Verification, TemplateVerification, Undecided, TemplateUndecided],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, 'low_quality', ...TEMPLATE_ERRORS, 'rate_limited'],
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
      unique:
        'A gallery: refused where the person is in it under another subject (`already_enrolled`). ' +
        'Nothing is added to it.',
      fpir: `Of that search. ${FPIR}`,
    },
    success: [201, Enrolment],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, 'low_quality', 'already_enrolled', 'rate_limited'],
  },
  {
    id: 'identify',
    method: 'post',
    path: '/v1/identify',
    summary: 'Who is it, of many?',
    description:
      'Searches among sealed templates that come along, or in a gallery. The more there are, the ' +
      'nearer one has to be: the rate is that of the whole search.',
    key: 'identify',
    body: IDENTIFY,
    fields: {
      probe: PICTURE,
      gallery: 'Where to search; or, instead, `templates`.',
      templates: 'Up to 1,000 templates of the tenant, of any subjects, with white space between.',
      fpir: FPIR,
      top: `How many subjects to rank, up to ${MAX_TOP}. Without it 1.`,
      faces: `As in \`/v1/verify\`; or \`all\`: every face, up to ${MAX_FACES}, the largest.`,
    },
    success: [200, Identification],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, ...TEMPLATE_ERRORS, 'not_found', 'rate_limited'],
  },
  {
    id: 'cluster',
    method: 'post',
    path: '/v1/clusters',
    summary: 'Which faces belong together?',
    description:
      'Groups the faces of pictures by average linkage on squared L2 distances. A picture without ' +
      `a usable face is listed with its code. At most ${MAX_CLUSTER_FACES} faces.`,
    key: 'identify',
    body: CLUSTER,
    fields: {
      image: `Pictures. ${PICTURE}`,
      far:
        'The false-accept rate whose threshold the mean distance of a group is held to: one of ' +
        'the calibrated rates of `GET /v1/model`; without it 0.001.',
    },
    success: [200, Clusters],
    errors: [...BODY_ERRORS, 'rate_limited'],
  },
  {
    id: 'describeGallery',
    method: 'get',
    path: '/v1/galleries/{gallery}',
    summary: 'How many are in a gallery, and how many have to be enrolled anew',
    key: 'galleries',
    success: [200, GalleryReport],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'deleteGallery',
    method: 'delete',
    path: '/v1/galleries/{gallery}',
    summary: 'Delete a gallery and all that is in it',
    key: 'galleries',
    success: [204],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'listSubjects',
    method: 'get',
    path: '/v1/galleries/{gallery}/subjects',
    summary: 'Who is in a gallery, in the order of their names',
    key: 'galleries',
    query: PAGES,
    success: [200, GallerySubjects],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'putSubject',
    method: 'put',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'Enrol a subject in a gallery',
    description:
      'By pictures, which make one template, or by templates of this subject. What it had there ' +
      'before is replaced. It stays until it is deleted.',
    key: 'galleries',
    body: GALLERY_PUT,
    fields: {
      image: `Pictures of the person. ${PICTURE}`,
      templates: 'In place of pictures: up to 5 templates, with white space between.',
      unique: '`true`: refused where the person is there under another subject.',
      fpir: `Of that search. ${FPIR}`,
    },
    success: [200, GallerySubject],
    errors: [
      ...BODY_ERRORS,
      ...PICTURE_ERRORS,
      ...TEMPLATE_ERRORS,
      'low_quality',
      'already_enrolled',
      'gallery_full',
      'rate_limited',
    ],
  },
  {
    id: 'getSubject',
    method: 'get',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'What is stored of a subject',
    key: 'galleries',
    success: [200, GallerySubject],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'deleteSubject',
    method: 'delete',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'Delete a subject from a gallery',
    key: 'galleries',
    success: [204],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'exportGallery',
    method: 'get',
    path: '/v1/galleries/{gallery}/export',
    summary: 'A page of a gallery, sealed',
    description:
      'For `import`, into any gallery of the same tenant on a deployment with the same ' +
      '`TEMPLATE_KEYS`. Its lines can be kept as they come.',
    key: 'galleries',
    query: { cursor: PAGES.cursor },
    success: [200, GalleryPage],
    errors: ['invalid_request', 'not_found', 'rate_limited'],
  },
  {
    id: 'importGallery',
    method: 'post',
    path: '/v1/galleries/{gallery}/import',
    summary: 'Put the subjects of an exported page into a gallery',
    key: 'galleries',
    body: GALLERY_IMPORT,
    fields: { page: 'As `export` gave it. Subjects that are there already are replaced.' },
    success: [200, GalleryImport],
    errors: [...BODY_ERRORS, 'template_invalid', 'gallery_full', 'rate_limited'],
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
    body: LOGIN_RESPONSE,
    fields: {
      challenge: 'As `POST /v1/challenges` gave it. It comes first, before the pictures.',
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
    key: 'reset',
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
  {
    id: 'ready',
    method: 'get',
    path: '/readyz',
    summary: 'Can it answer?',
    description:
      'Runs one inference and reads one object, at most once in 30 s an isolate; the others get the ' +
      'last finding.',
    key: 'none',
    success: [200, Ready],
    errors: ['unavailable'],
  },
];

/** Codes that every operation of this kind can answer with, besides its own errors. */
export function errorsOf({ key, errors }: Operation): readonly Code[] {
  // Of another method at this path. With a key that is told only to who has one.
  const keyed: Code[] =
    key === 'none' ? ['method_not_allowed'] : ['unauthorized', 'not_configured'];
  const scoped: Code[] = key === 'none' || key === 'any' ? [] : ['forbidden'];
  return [...new Set<Code>([...keyed, ...scoped, ...errors, 'internal'])];
}
