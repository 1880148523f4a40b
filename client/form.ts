/** Fields of a multipart request. */
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
