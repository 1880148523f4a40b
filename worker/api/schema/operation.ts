/** Operation of the API as its documentation has it, and the words and errors that several share. */
import type * as z from 'zod/mini';
import type { Scope } from '../../auth/tenants.ts';
import type { Code } from '../../errors.ts';
import { FORMATS } from '../../image/sniff.ts';
import { DEFAULT_FPIR } from '../../limits.ts';
import type { Body } from './body.ts';

/** Parameters of paths. */
export const PARAMETERS = {
  id: "The challenge's `id`.",
  gallery: "The tenant's own name of the gallery; the first subject makes it.",
  subject: "The tenant's own, opaque id of the person, percent-encoded.",
} as const;

/** Groups of operations, in the order of the documentation. */
export const TAGS = {
  Verification: 'Do two pictures, or a template and a picture, show one person?',
  Enrolment: 'Sealed templates of people, which you keep.',
  Identification: 'Who is it, of many? Galleries of people, searches, and groups of like faces.',
  Login: 'Look at the camera: a challenge, four frames, an assertion.',
  Deployment: 'The network that answers, the keys of assertions, and whether it runs.',
} as const;

/** Sample of an operation for its readers. A test holds the answers to their schemas. */
export interface Sample {
  /** Fields of a form, as curl takes them; or a JSON body. */
  readonly form?: readonly string[];
  readonly json?: object;
  /** Call of the client, where it has a method; `visavis` is one that was made. It is compiled. */
  readonly typescript?: string;
  /** Answers of success, by the name of their schema. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly id: string;
  readonly tag: keyof typeof TAGS;
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
  /** Codes of errors, besides those that every operation of its kind can have (`errorsOf`). */
  readonly errors: readonly Code[];
  readonly sample: Sample;
}

/** Codes of whatever reads a body. */
export const BODY_ERRORS: Code[] = ['invalid_request', 'payload_too_large', 'overloaded'];

/** Codes of whatever looks for a face. */
export const PICTURE_ERRORS: Code[] = [
  'unavailable',
  'image_too_large',
  'unsupported_format',
  'undecodable_image',
  'no_face',
  'multiple_faces',
  'face_too_small',
];

/** Codes of whatever asks a Durable Object. */
export const STORE_ERRORS: Code[] = ['overloaded', 'unavailable'];

/** Codes of whatever opens a template. */
export const TEMPLATE_ERRORS: Code[] = [
  'template_invalid',
  'template_expired',
  'template_model_mismatch',
];

export const PICTURE = `${FORMATS}, told by its bytes; EXIF orientation is heeded.`;

export const SUBJECT = "The tenant's own, opaque id of the person: not an e-mail address.";

export const FAR = 'One of the calibrated false-accept rates of `GET /v1/model`, in any spelling.';

export const FPIR =
  'The false-positive identification rate: the share of searches for people who are not there ' +
  `that name somebody. One of the calibrated rates of \`GET /v1/model\`; without it ${DEFAULT_FPIR}.`;

/** Codes that every operation of this kind can answer with, besides its own errors. */
export function errorsOf({ key, errors }: Operation): readonly Code[] {
  // The refusal of other methods at this path. Where a key is needed, only who has one is told.
  const keyed: Code[] =
    key === 'none' ? ['method_not_allowed'] : ['unauthorized', 'not_configured'];
  const scoped: Code[] = key === 'none' || key === 'any' ? [] : ['forbidden'];
  return [...new Set<Code>([...keyed, ...scoped, ...errors, 'internal'])];
}
