/** Requests of each route: their fields, and how many bytes they may have. */
import * as z from 'zod/mini';
import {
  LOGIN_ACTIONS,
  MAX_CLUSTER_PICTURES,
  MAX_EXPORT_CHARACTERS,
  MAX_FRAME_BYTES,
  MAX_IDENTIFY_BYTES,
  MAX_JSON_IDENTIFY_BYTES,
  MAX_JSON_REQUEST_BYTES,
  MAX_JSON_RESPONSE_BYTES,
  MAX_PICTURE_BYTES,
  MAX_POSE_FRAMES,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_SUBJECT_TEMPLATES,
  MAX_TEMPLATE_PICTURES,
  MAX_TEXT_REQUEST_BYTES,
} from '../../limits.ts';
import {
  audience,
  days,
  exported,
  faceChoice,
  faces,
  far,
  flag,
  gallery,
  nonce,
  picture,
  quality,
  reference,
  subject,
  token,
  tokens,
  top,
} from './fields.ts';

/** A route's body. */
export interface Body<Schema extends z.ZodMiniObject = z.ZodMiniObject> {
  readonly schema: Schema;
  /** Group that it shares the memory for bodies with. */
  readonly uploads: 'photos' | 'frames' | 'text';
  /** Bytes of the whole, by media type. A type without any is not read. */
  readonly caps: { readonly form?: number; readonly json: number };
  /** Bytes of one picture. */
  readonly pictureCap: number;
  /** Parts of a form, where they are more than usual. */
  readonly parts?: number;
  /** The field that says who answers for the request, where no key does. It has to come first. */
  readonly authority?: string;
}

const PHOTOS = {
  uploads: 'photos',
  caps: { form: MAX_REQUEST_BYTES, json: MAX_JSON_REQUEST_BYTES },
  pictureCap: MAX_PICTURE_BYTES,
} as const;

/** `POST /v1/verify` */
export const VERIFY = {
  ...PHOTOS,
  schema: z
    .strictObject({
      reference,
      probe: picture,
      subject: z.optional(subject),
      far: z.optional(far),
      faces: z.optional(faces),
      quality: z.optional(quality),
    })
    .check(
      // A template says who it is of; the caller has to say so too, or it would fit any account.
      z.refine((form) => (typeof form.reference === 'string') === (form.subject !== undefined), {
        path: ['subject'],
        error: 'is sent with a template, and only with one',
      }),
    ),
};

/** `POST /v1/templates` */
export const ENROL = {
  ...PHOTOS,
  schema: z.strictObject({
    image: z
      .array(picture)
      .check(
        z.minLength(1, 'is missing'),
        z.maxLength(MAX_TEMPLATE_PICTURES, `comes 1 to ${MAX_TEMPLATE_PICTURES} times`),
      ),
    subject,
    days: z.optional(days),
    unique: z.optional(gallery),
    fpir: z.optional(far),
  }),
};

/** `POST /v1/challenges` */
export const CHALLENGE = {
  uploads: 'text' as const,
  caps: { json: MAX_TEXT_REQUEST_BYTES },
  pictureCap: 0,
  schema: z.strictObject({ subject, template: token, audience, nonce, far: z.optional(far) }),
};

/** Frames of each action, as many. */
const ACTION_COUNT = `comes ${Array.from({ length: MAX_POSE_FRAMES }, (_, i) => LOGIN_ACTIONS * (i + 1)).join(' or ')} times: the frames of each action together, in the challenge's order`;

/** `POST /v1/challenges/{id}/response` */
export const LOGIN_RESPONSE = {
  uploads: 'frames' as const,
  caps: { form: MAX_RESPONSE_BYTES, json: MAX_JSON_RESPONSE_BYTES },
  pictureCap: MAX_FRAME_BYTES,
  authority: 'challenge',
  schema: z.strictObject({
    challenge: token,
    frontal: z
      .array(picture)
      .check(
        z.minLength(1, 'is missing'),
        z.maxLength(MAX_POSE_FRAMES, `comes 1 to ${MAX_POSE_FRAMES} times`),
      ),
    action: z.array(picture).check(
      z.minLength(LOGIN_ACTIONS, ACTION_COUNT),
      z.maxLength(LOGIN_ACTIONS * MAX_POSE_FRAMES, ACTION_COUNT),
      z.refine(({ length }) => length % LOGIN_ACTIONS === 0, ACTION_COUNT),
    ),
  }),
};

/** `POST /v1/identify` */
export const IDENTIFY = {
  uploads: 'photos' as const,
  caps: { form: MAX_IDENTIFY_BYTES, json: MAX_JSON_IDENTIFY_BYTES },
  pictureCap: MAX_PICTURE_BYTES,
  schema: z
    .strictObject({
      probe: picture,
      gallery: z.optional(gallery),
      templates: z.optional(tokens),
      fpir: z.optional(far),
      top: z.optional(top),
      faces: z.optional(faceChoice),
    })
    .check(
      z.refine((form) => (form.gallery === undefined) !== (form.templates === undefined), {
        path: ['gallery'],
        error: 'is sent without `templates`, or they without it',
      }),
    ),
};

/** `PUT /v1/galleries/{gallery}/subjects/{subject}` */
export const GALLERY_PUT = {
  ...PHOTOS,
  schema: z
    .strictObject({
      image: z.optional(
        z
          .array(picture)
          .check(
            z.minLength(1, 'is missing'),
            z.maxLength(MAX_TEMPLATE_PICTURES, `comes 1 to ${MAX_TEMPLATE_PICTURES} times`),
          ),
      ),
      templates: z.optional(tokens),
      unique: z.optional(flag),
      fpir: z.optional(far),
    })
    .check(
      z.refine((form) => (form.image === undefined) !== (form.templates === undefined), {
        path: ['image'],
        error: 'is sent without `templates`, or they without it',
      }),
      z.refine((form) => (form.templates?.length ?? 1) <= MAX_SUBJECT_TEMPLATES, {
        path: ['templates'],
        error: `are 1 to ${MAX_SUBJECT_TEMPLATES}`,
      }),
    ),
};

/** `POST /v1/galleries/{gallery}/import` */
export const GALLERY_IMPORT = {
  uploads: 'photos' as const,
  caps: { json: MAX_EXPORT_CHARACTERS + MAX_TEXT_REQUEST_BYTES },
  pictureCap: 0,
  schema: z.strictObject({ page: exported }),
};

/** `POST /v1/clusters` */
export const CLUSTER = {
  ...PHOTOS,
  parts: MAX_CLUSTER_PICTURES + 2,
  schema: z.strictObject({
    image: z
      .array(picture)
      .check(
        z.minLength(2, `comes 2 to ${MAX_CLUSTER_PICTURES} times`),
        z.maxLength(MAX_CLUSTER_PICTURES, `comes 2 to ${MAX_CLUSTER_PICTURES} times`),
      ),
    far: z.optional(far),
  }),
};
