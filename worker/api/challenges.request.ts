/** Request of `POST /v1/challenges`. */
import * as z from 'zod/mini';
import { MAX_TEXT_REQUEST_BYTES } from '../limits.ts';
import { audience, far, nonce, subject, token } from './schema/fields.ts';

export const CHALLENGE = {
  uploads: 'text' as const,
  caps: { json: MAX_TEXT_REQUEST_BYTES },
  pictureCap: 0,
  schema: z.strictObject({ subject, template: token, audience, nonce, far: z.optional(far) }),
};
