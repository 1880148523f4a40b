/** Folder that is sorted: its pictures, and what else lies in it. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { isPicture, type Place } from '../dataset/pictures.ts';
import { isAlbum, type Stamp } from './album.ts';
import { counted } from './sheet.ts';

export interface Picture {
  readonly place: Place;
  readonly stamp: Stamp;
}

export interface SortedFolder {
  /** Pictures by their name below the folder. */
  readonly pictures: ReadonlyMap<string, Picture>;
  /**
   * Names of files that are no pictures, or cannot be found: links that lead nowhere. Those that lead
   * to a folder end in `/`, and are not followed: they may lead in a circle.
   */
  readonly others: readonly string[];
  /** Names of folders and files that nobody may look into, or that vanished meanwhile. */
  readonly unread: readonly string[];
}

/** Albums are left out, this run's and others: their thumbnails are no pictures of anybody's. */
export function readFolder(folder: string): SortedFolder {
  const found: Found = { pictures: [], others: [], unread: [] };
  lookInto(folder, '', readdirSync(folder, { withFileTypes: true }), found);
  return {
    pictures: new Map(found.pictures.sort(([a], [b]) => (a < b ? -1 : 1))),
    others: found.others.sort(),
    unread: found.unread.sort(),
  };
}

interface Found {
  readonly pictures: [string, Picture][];
  readonly others: string[];
  readonly unread: string[];
}

/** @param below path of these entries below the folder: empty, or with a `/` at its end */
function lookInto(
  folder: string,
  below: string,
  entries: readonly { readonly name: string; isDirectory(): boolean }[],
  found: Found,
): void {
  for (const entry of entries) {
    const file = below + entry.name;
    const path = join(folder, file);
    if (!entry.isDirectory()) lookAt(file, path, found);
    else if (!isAlbum(path)) {
      try {
        lookInto(folder, `${file}/`, readdirSync(path, { withFileTypes: true }), found);
      } catch {
        found.unread.push(`${file}/`);
      }
    }
  }
}

function lookAt(file: string, path: string, { pictures, others, unread }: Found): void {
  let stats: Stats | undefined;
  try {
    stats = statSync(path);
  } catch (error) {
    const isNowhere = ['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
    (isNowhere ? others : unread).push(file);
    return;
  }
  if (stats.isFile() && isPicture(file)) {
    const stamp: Stamp = `${stats.size} ${Math.round(stats.mtimeMs)}`;
    pictures.push([file, { place: { path }, stamp }]);
  } else others.push(stats.isDirectory() ? `${file}/` : file);
}

/** Files left out, by their endings: `3 other files left out (2 .heic, 1 .mov)`; empty for none. */
export function describeOthers(others: readonly string[]): string {
  if (others.length === 0) return '';
  const counts = new Map<string, number>();
  for (const file of others) {
    const kind = file.endsWith('/') ? LINK : extname(file).toLowerCase() || 'without an ending';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => (kind === LINK ? counted(count, kind) : `${count} ${kind}`));
  return `${counted(others.length, 'other file')} left out (${kinds.join(', ')})`;
}

const LINK = 'linked folder';
