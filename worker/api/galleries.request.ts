/** Requests of `/v1/galleries`. */
import * as z from 'zod/mini';
import {
  MAX_EXPORT_CHARACTERS,
  MAX_SUBJECT_TEMPLATES,
  MAX_TEMPLATE_PICTURES,
  MAX_TEXT_REQUEST_BYTES,
} from '../limits.ts';
import { PHOTOS } from './schema/body.ts';
import { exported, far, flag, pictureList, tokens } from './schema/fields.ts';

/** `PUT /v1/galleries/{gallery}/subjects/{subject}` */
export const GALLERY_PUT = {
  ...PHOTOS,
  schema: z
    .strictObject({
      image: z.optional(pictureList(MAX_TEMPLATE_PICTURES)),
      templates: z.optional(tokens),
      unique: z.optional(flag),
      fpir: z.optional(far),
    })
    .check(
      z.refine((form) => (form.image === undefined) !== (form.templates === undefined), {
        path: ['image'],
        error: 'or `templates` is sent, and not both',
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
  // An answer of `export` is taken as it is.
  schema: z.strictObject({
    page: exported,
    subjects: z.optional(z.number('is a number')),
    cursor: z.optional(z.nullable(z.string('is text'))),
  }),
};
