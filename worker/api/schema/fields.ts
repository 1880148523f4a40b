/**
 * The fields that requests are made of. A message completes the sentence that begins with the
 * field's name.
 *
 * `zod/mini` has the same schemas as `zod` in less than a quarter of the bytes, which every cold start
 * reads.
 */
import * as z from 'zod/mini';
import { GALLERY_RULE, isGallery, isSubject, SUBJECT_RULE } from '../../auth/subject.ts';
import { FACE_CHOICES, FACE_POLICIES } from '../../face/detection/policy.ts';
import { QUALITY_POLICIES } from '../../face/quality/quality-floor.ts';
import {
  MAX_AUDIENCE_CHARACTERS,
  MAX_EXPORT_CHARACTERS,
  MAX_IDENTIFY_TEMPLATES,
  MAX_NONCE_CHARACTERS,
  MAX_TEMPLATE_DAYS,
  MAX_TEXT_FIELD_BYTES,
  MAX_TOKEN_CHARACTERS,
  MAX_TOP,
  MIN_NONCE_CHARACTERS,
} from '../../limits.ts';

// Compilation is switched off: zod would look whether it may compile code, which workerd forbids.
z.config({ jitless: true });

/** Five parts, of which the second is empty where a key is used directly (RFC 7516 section 7.1). */
const COMPACT_JWE = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/;

/** Tells a sealed token from base64, which has no dots. */
export function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARACTERS && COMPACT_JWE.test(text);
}

/** A picture: in a form a file part, in JSON base64. */
export const picture = z.instanceof(Uint8Array, { error: 'is not a picture' });

/** Pictures, one to so many: in a form a part for each, in JSON an array. */
export const pictureList = (most: number) =>
  z
    .array(picture)
    .check(z.minLength(1, 'is missing'), z.maxLength(most, `comes 1 to ${most} times`));

/** A template or a challenge, as it was given out. What is in it shows only when it is opened. */
export const token = z
  .string('is not a token')
  .check(z.maxLength(MAX_TOKEN_CHARACTERS, 'is too long for a token'));

const TOKENS =
  `is 1 to ${MAX_IDENTIFY_TEMPLATES} templates: one string with white space between them, ` +
  'or in JSON an array of strings';

const tokenList = z
  .array(
    z
      .string(TOKENS)
      .check(
        z.regex(/^\S+$/, 'is no template'),
        z.maxLength(MAX_TOKEN_CHARACTERS, 'is too long for a template'),
      ),
  )
  .check(z.minLength(1, TOKENS), z.maxLength(MAX_IDENTIFY_TEMPLATES, TOKENS));

/** Many templates: in one text, so that a form needs one part for them; in JSON also as an array. */
export const tokens = z.pipe(
  z.pipe(
    z.union([z.string().check(z.regex(/\S/, TOKENS)), z.array(z.unknown())], TOKENS),
    // One word more than there may be shows that there are too many: 4 MiB may have two million.
    z.transform((given: string | unknown[]) =>
      typeof given === 'string' ? given.trim().split(/\s+/, MAX_IDENTIFY_TEMPLATES + 1) : given,
    ),
  ),
  tokenList,
);

/** A sealed page of a gallery's export. */
export const exported = z
  .string('is not a page of an export')
  .check(z.maxLength(MAX_EXPORT_CHARACTERS, 'is too long for a page of an export'));

/** A picture or a template: in a form a file part or text; in JSON a template is what has dots. */
export const reference = z.union(
  [picture, token],
  'is neither a picture (a file part, or base64) nor a template',
);

export const subject = z.string(SUBJECT_RULE).check(z.refine(isSubject, SUBJECT_RULE));

/** A false-accept rate. Those that are calibrated depend on the model, so the route looks them up. */
export const far = z.union(
  [z.string().check(z.maxLength(MAX_TEXT_FIELD_BYTES)), z.number()],
  'is neither a number nor one as text',
);

export const faces = z.enum(FACE_POLICIES, `is one of ${FACE_POLICIES.join(', ')}`);

/** The same, or every face. */
export const faceChoice = z.enum(FACE_CHOICES, `is one of ${FACE_CHOICES.join(', ')}`);

export const gallery = z.string(GALLERY_RULE).check(z.refine(isGallery, GALLERY_RULE));

/** A boolean: text in a form, itself in JSON. */
export const flag = z.pipe(
  z.union([z.enum(['true', 'false']), z.boolean()], 'is `true` or `false`'),
  z.transform((value: 'true' | 'false' | boolean) => value === true || value === 'true'),
);

/** A whole number, as text in a form or a query, as a number in JSON. */
function whole(most: number) {
  const rule = `is a whole number, 1 to ${most}`;
  return z.pipe(
    z.union([z.string().check(z.regex(/^\d{1,6}$/, rule)), z.number()], rule),
    z.pipe(
      z.transform((value: string | number) => Number(value)),
      z.int(rule).check(z.minimum(1, rule), z.maximum(most, rule)),
    ),
  );
}

/** Number of subjects that an answer ranks. */
export const top = whole(MAX_TOP);

/** Number of things that an answer lists. */
export const limit = (most: number) => whole(most);

export const quality = z.enum(QUALITY_POLICIES, `is one of ${QUALITY_POLICIES.join(', ')}`);

const DAYS = `is a whole number of days, 1 to ${MAX_TEMPLATE_DAYS}`;

/** Days of validity: text in a form, a number in JSON. */
export const days = z.pipe(
  z.union([z.string().check(z.regex(/^\d{1,3}$/, DAYS)), z.number()], DAYS),
  z.pipe(
    z.transform((value: string | number) => Number(value)),
    z.int(DAYS).check(z.minimum(1, DAYS), z.maximum(MAX_TEMPLATE_DAYS, DAYS)),
  ),
);

/** Audience of an assertion; the route looks up those that a tenant has. */
export const audience = z
  .string('is not a string')
  .check(
    z.minLength(1, 'is empty'),
    z.maxLength(MAX_AUDIENCE_CHARACTERS, `is longer than ${MAX_AUDIENCE_CHARACTERS} characters`),
  );

const NONCE = `is ${MIN_NONCE_CHARACTERS} to ${MAX_NONCE_CHARACTERS} characters of A-Z a-z 0-9 . _ ~ -`;

/** The relying party's own, one a login. The least length leaves no room for a counter. */
export const nonce = z
  .string(NONCE)
  .check(
    z.minLength(MIN_NONCE_CHARACTERS, NONCE),
    z.maxLength(MAX_NONCE_CHARACTERS, NONCE),
    z.regex(/^[A-Za-z0-9._~-]*$/, NONCE),
  );

/** Form of a field on the wire, and whether it may come more than once. */
export interface Field {
  readonly kind: 'picture' | 'token' | 'tokens' | 'reference' | 'text';
  readonly many: boolean;
  /** Null is a value too, in JSON. */
  readonly nullable?: boolean;
}

/** Read off the schema, so that what is read and what is checked cannot differ. */
export function fieldOf(schema: z.core.$ZodType, many = false): Field {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional') return fieldOf(def.innerType, many);
  if (def.type === 'nullable') return { ...fieldOf(def.innerType, many), nullable: true };
  if (def.type === 'array') return fieldOf(def.element, true);
  if (schema === picture) return { kind: 'picture', many };
  if (schema === tokens || schema === exported) return { kind: 'tokens', many };
  if (schema === token) return { kind: 'token', many };
  if (schema === reference) return { kind: 'reference', many };
  return { kind: 'text', many };
}
