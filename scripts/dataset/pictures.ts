/** Sources of pictures: a folder, or a tar archive of one. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { FORMAT_NAMES } from '../../worker/image/sniff.ts';
import { listTar } from './tar.ts';

/** A stretch of a file; without `offset` the whole of it. */
export interface Place {
  readonly path: string;
  readonly offset?: number;
  readonly length?: number;
}

/** Files by their name below the folder, with `/` between folders, in one fixed order. */
export type Pictures = ReadonlyMap<string, Place>;

/** Endings of pictures, those among them that JPEG has on Windows. */
const PICTURE = new RegExp(`\\.(jpg|jpe|jfif|${Object.keys(FORMAT_NAMES).join('|')})$`, 'i');

export function isPicture(name: string): boolean {
  return PICTURE.test(name);
}

/** Every file (not only pictures) of a folder or tar archive. @throws Mistake where it is neither */
export function openPictures(source: string): Pictures {
  const places: [string, Place][] = statSync(source).isDirectory()
    ? readdirSync(source, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [relative(source, path).split(sep).join('/'), { path }])
    : listTar(source).map(({ name, offset, length }) => [name, { path: source, offset, length }]);
  return new Map(places.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function readPlace({ path, offset, length }: Place): Uint8Array {
  if (offset === undefined || length === undefined) return readFileSync(path);
  const bytes = new Uint8Array(length);
  const handle = openSync(path, 'r');
  try {
    readSync(handle, bytes, 0, length, offset);
  } finally {
    closeSync(handle);
  }
  return bytes;
}

/**
 * The same files as seen from the folder that holds `name`, so that an archive may or may not
 * have a folder around everything.
 * @returns undefined where no file is called so
 */
export function below(pictures: Pictures, name: string): Pictures | undefined {
  const found = [...pictures.keys()].find((path) => path === name || path.endsWith(`/${name}`));
  if (found === undefined) return undefined;
  const root = found.slice(0, found.length - name.length);
  return new Map(
    [...pictures].flatMap(([path, place]) =>
      path.startsWith(root) ? [[path.slice(root.length), place] as const] : [],
    ),
  );
}
