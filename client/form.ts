/** Fields of a request: of a multipart form, or of a URL. */
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

/** Appends pictures under one name, each as a file. */
export function appendPictures(
  form: FormData,
  name: string,
  pictures: readonly Picture[] = [],
): void {
  for (const picture of pictures) form.append(name, blob(picture), name);
}

function blob(picture: Picture): Blob {
  // A Blob copies what it is made of, shared memory excepted, which TypeScript tells apart.
  return picture instanceof Blob ? picture : new Blob([picture as ArrayBuffer]);
}
