/** Body of a request: its fields, and how many bytes it may have. */
import type * as z from 'zod/mini';
import { MAX_JSON_REQUEST_BYTES, MAX_PICTURE_BYTES, MAX_REQUEST_BYTES } from '../../limits.ts';

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

/** Photos, and text beside them. */
export const PHOTOS = {
  uploads: 'photos',
  caps: { form: MAX_REQUEST_BYTES, json: MAX_JSON_REQUEST_BYTES },
  pictureCap: MAX_PICTURE_BYTES,
} as const;
