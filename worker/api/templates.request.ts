/** Request of `POST /v1/templates`. */
import * as z from 'zod/mini';
import { MAX_TEMPLATE_PICTURES } from '../limits.ts';
import { PHOTOS } from './schema/body.ts';
import { days, far, gallery, pictureList, subject } from './schema/fields.ts';

export const ENROL = {
  ...PHOTOS,
  schema: z.strictObject({
    image: pictureList(MAX_TEMPLATE_PICTURES),
    subject,
    days: z.optional(days),
    unique: z.optional(gallery),
    fpir: z.optional(far),
  }),
};
