/** Request of `POST /v1/verify`. */
import * as z from 'zod/mini';
import { PHOTOS } from './schema/body.ts';
import { faces, far, picture, quality, reference, subject } from './schema/fields.ts';

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
