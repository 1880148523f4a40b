/** Request of `POST /v1/clusters`. */
import * as z from 'zod/mini';
import { MAX_CLUSTER_PICTURES } from '../limits.ts';
import { PHOTOS } from './schema/body.ts';
import { far, flag, picture } from './schema/fields.ts';

export const CLUSTER = {
  ...PHOTOS,
  parts: MAX_CLUSTER_PICTURES + 3,
  schema: z.strictObject({
    image: z
      .array(picture)
      .check(
        z.minLength(2, `comes 2 to ${MAX_CLUSTER_PICTURES} times`),
        z.maxLength(MAX_CLUSTER_PICTURES, `comes 2 to ${MAX_CLUSTER_PICTURES} times`),
      ),
    far: z.optional(far),
    collages: z.optional(flag),
  }),
};
