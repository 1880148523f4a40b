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
  pictures: readonly Picture[] = [],
): void {
  for (const [i, picture] of pictures.entries())
    appendPicture(form, name, picture, `${name}[${i}]`);
}

/** The same with one picture. @param field name of it in an error */
export function appendPicture(form: FormData, name: string, picture: Picture, field = name): void {
  if (!isPicture(picture)) {
    const message = `\`${field}\` is no Blob, ArrayBuffer or Uint8Array, but ${kindOf(picture)}.`;
    throw new ConfigurationError('invalid_picture', message);
  }
  // A Blob copies what it is made of, shared memory excepted, which TypeScript tells apart.
  const blob = picture instanceof Blob ? picture : new Blob([picture as ArrayBuffer]);
  form.append(name, blob, name);
}

function isPicture(value: unknown): value is Picture {
  if (value instanceof Blob || ArrayBuffer.isView(value)) return true;
  // `instanceof` would miss one of another realm, as a test's sandbox has it.
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}

function kindOf(value: unknown): string {
  return Object(value) === value ? (value as object).constructor?.name : typeof value;
}
