/** Fields of a request: of a multipart form, or of a URL. */
import { ConfigurationError } from './errors.ts';
import type { Picture } from './types.ts';

/** Sets each field that has a value. */
export function setText(
  form: FormData,
  fields: Record<string, string | number | boolean | undefined>,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.set(name, String(value));
  }
}

/** Query of a URL with the fields that have a value: `?limit=2`, or nothing. */
export function queryOf(
  fields: Readonly<Record<string, string | number | null | undefined>>,
): string {
  const given = Object.entries(fields).filter(([, value]) => value != null);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? '' : `?${query}`;
}

/**
 * Appends pictures under one name, each as a file.
 *
 * @throws ConfigurationError for what is no picture: as text it would be sent all the same
 */
export function appendPictures(
  form: FormData,
  name: string,
  pictures: readonly Picture[] | undefined,
): void {
  const list: unknown = pictures ?? [];
  if (!Array.isArray(list)) {
    const message = `\`${name}\` is no array of pictures, but ${kindOf(list)}.`;
    throw new ConfigurationError('invalid_picture', message);
  }
  for (const [i, picture] of list.entries()) appendPicture(form, name, picture, `${name}[${i}]`);
}

/** The same with one picture. @param field name of it in an error */
export function appendPicture(form: FormData, name: string, picture: Picture, field = name): void {
  if (!isPicture(picture)) {
    const message = `\`${field}\` is no Blob, ArrayBuffer or Uint8Array, but ${kindOf(picture)}.`;
    throw new ConfigurationError('invalid_picture', message);
  }
  form.append(name, picture instanceof Blob ? picture : new Blob([ownBytes(picture)]), name);
}

/** Bytes in memory that no other thread has: a Blob takes no others (WebIDL, `BufferSource`). */
function ownBytes(bytes: ArrayBuffer | Uint8Array): ArrayBuffer | Uint8Array<ArrayBuffer> {
  if (!ArrayBuffer.isView(bytes)) return bytes;
  const { buffer, byteOffset, byteLength } = bytes;
  const shared = tagOf(buffer) === 'SharedArrayBuffer';
  return shared
    ? new Uint8Array(buffer, byteOffset, byteLength).slice()
    : (bytes as Uint8Array<ArrayBuffer>);
}

function isPicture(value: unknown): value is Picture {
  return value instanceof Blob || ArrayBuffer.isView(value) || tagOf(value) === 'ArrayBuffer';
}

/** Name of a built-in class: `instanceof` would miss one of another realm, as a test's sandbox has it. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Object(value) === value ? ((value as object).constructor?.name ?? 'object') : typeof value;
}
