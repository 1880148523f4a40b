/** Folder that is sorted: its pictures, and what else lies in it. */
import { statSync } from 'node:fs';
import { extname, relative, resolve, sep } from 'node:path';
import { isPicture, openPictures, type Place } from '../dataset/pictures.ts';
import type { Stamp } from './album.ts';

export interface Picture {
  readonly place: Place;
  readonly stamp: Stamp;
}

export interface SortedFolder {
  /** Pictures by their name below the folder. */
  readonly pictures: ReadonlyMap<string, Picture>;
  /** Names of files that are no pictures, or cannot be found: links that lead nowhere. */
  readonly others: readonly string[];
}

/** @param album folder that is left out, where it lies in the other */
export function readFolder(folder: string, album: string): SortedFolder {
  const inside = `${relative(resolve(folder), resolve(album)).split(sep).join('/')}/`;
  const pictures = new Map<string, Picture>();
  const others: string[] = [];
  for (const [file, place] of openPictures(folder)) {
    if (file.startsWith(inside)) continue;
    const stamp = isPicture(file) ? stampOf(place) : undefined;
    if (stamp === undefined) others.push(file);
    else pictures.set(file, { place, stamp });
  }
  return { pictures, others };
}

/** Files left out, by their endings: `3 other files left out (2 .heic, 1 .mov)`; empty for none. */
export function describeOthers(others: readonly string[]): string {
  if (others.length === 0) return '';
  const counts = new Map<string, number>();
  for (const file of others) {
    const kind = extname(file).toLowerCase() || 'without an ending';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`);
  const noun = others.length === 1 ? 'other file' : 'other files';
  return `${others.length} ${noun} left out (${kinds.join(', ')})`;
}

function stampOf({ path }: Place): Stamp | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.size} ${Math.round(found.mtimeMs)}` : undefined;
}
