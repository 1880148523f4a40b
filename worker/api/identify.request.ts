/** Request of `POST /v1/identify`. */
import * as z from 'zod/mini';
import { MAX_IDENTIFY_BYTES, MAX_JSON_IDENTIFY_BYTES, MAX_PICTURE_BYTES } from '../limits.ts';
import { faceChoice, far, gallery, picture, quality, tokens, top } from './schema/fields.ts';

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
      quality: z.optional(quality),
    })
    .check(
      z.refine((form) => (form.gallery === undefined) !== (form.templates === undefined), {
        path: ['gallery'],
        error: 'or `templates` is sent, and not both',
      }),
    ),
};
