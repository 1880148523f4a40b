/** Persons by picture, lists of people, and the fixed split of them. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Mistake } from '../mistake.ts';

/** A list of names, one a line. A name may have spaces within, as folders have. */
export function readList(file: string): string[];
/** @returns undefined where no file is named, which an option leaves to the user */
export function readList(file: string | undefined): string[] | undefined;
export function readList(file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined;
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
}

/**
 * The person a file shows: the first group of `pattern` on its path, else the folder it lies in.
 * @returns undefined where the path names nobody
 */
export function personOf(file: string, pattern?: RegExp): string | undefined {
  if (pattern !== undefined) return pattern.exec(file)?.[1];
  const folders = file.split('/');
  return folders.at(-2);
}

export interface Split {
  readonly choose: readonly string[];
  readonly calibrate: readonly string[];
}

/** @throws Mistake when there are too few people */
export function split(
  people: Iterable<string>,
  drop: Iterable<string>,
  sizes = { choose: 200, calibrate: 600 },
): Split {
  const dropped = new Set(drop);
  const order = [...new Set(people)]
    .filter((person) => !dropped.has(person))
    .map((person) => ({ person, key: hash(person) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ person }) => person);
  const end = sizes.choose + sizes.calibrate;
  if (order.length < end)
    throw new Mistake(`${order.length} people are too few to split off ${end}`);
  return { choose: order.slice(0, sizes.choose), calibrate: order.slice(sizes.choose, end) };
}

function hash(person: string): string {
  return createHash('sha256').update(`visavis:${person}`).digest('hex');
}
