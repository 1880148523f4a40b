/**
 * A subject: the tenant's own name for a person, which means nothing to us.
 *
 * It stands in URLs, tokens and assertions. It should be an opaque id, not an e-mail address.
 */
import { Refusal } from '../errors.ts';
import { MAX_GALLERY_CHARACTERS, MAX_SUBJECT_CHARACTERS } from '../limits.ts';

/** The end of a sentence that begins with the field's name. */
export const SUBJECT_RULE =
  `is 1 to ${MAX_SUBJECT_CHARACTERS} characters of A-Z a-z 0-9 . _ ~ @ : + -, ` +
  'and not `.` or `..`';

const ALPHABET = /^[A-Za-z0-9._~@:+-]+$/;

/** Segments that mean a folder in a path (RFC 3986 section 5.2.4), however they are encoded. */
const DOTS = /^\.{1,2}$/;

export function isSubject(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_SUBJECT_CHARACTERS &&
    ALPHABET.test(value) &&
    !DOTS.test(value)
  );
}

/** @throws Refusal `invalid_request` for what is not a subject */
export function parseSubject(value: unknown): string {
  if (isSubject(value)) return value;
  const detail = `\`subject\` ${SUBJECT_RULE}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'subject' });
}

/** The end of a sentence that begins with the field's name. */
export const GALLERY_RULE =
  `is 1 to ${MAX_GALLERY_CHARACTERS} characters of A-Z a-z 0-9 . _ ~ @ : + -, ` +
  'and not `.` or `..`';

/** The name of a gallery: like a subject's, but shorter. */
export function isGallery(value: unknown): value is string {
  return isSubject(value) && value.length <= MAX_GALLERY_CHARACTERS;
}

/** @throws Refusal `invalid_request` for what is no name of a gallery */
export function parseGallery(value: unknown): string {
  if (isGallery(value)) return value;
  throw new Refusal({
    code: 'invalid_request',
    detail: `\`gallery\` ${GALLERY_RULE}.`,
    field: 'gallery',
  });
}
