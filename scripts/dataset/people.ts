/** People of a picture set: whom each picture shows, and which of them are taken. */
import { Mistake } from '../mistake.ts';
import { personOf } from './identities.ts';
import { isPicture, openPictures, type Place } from './pictures.ts';

export interface Labelled {
  /** Path below the folder or in the archive. */
  readonly file: string;
  readonly place: Place;
  readonly person: string;
}

export interface Selection {
  /** Regular expression whose first group names the person; default: the folder of the picture. */
  readonly person?: RegExp | undefined;
  /** People to take; default: everybody. */
  readonly only?: readonly string[] | undefined;
  /** People to leave out. */
  readonly without?: readonly string[] | undefined;
}

/**
 * All pictures of a folder or archive, in one order, and whom each shows: null where none is named.
 */
export function pictures(source: string, person?: RegExp) {
  return [...openPictures(source)]
    .filter(([file]) => isPicture(file))
    .map(([file, place]) => ({ file, place, person: personOf(file, person) ?? null }));
}

/**
 * Pictures whose path names a person who is wanted.
 *
 * @throws Mistake where there are none: nothing measured would be written as a measurement
 */
export function picturesOfPeople(source: string, selection: Selection = {}): Labelled[] {
  const wanted = isWanted(selection);
  const found = pictures(source, selection.person).flatMap(({ person, ...picture }) =>
    person !== null && wanted(person) ? [{ ...picture, person }] : [],
  );
  if (found.length === 0)
    throw new Mistake(`no pictures of people who are wanted in ${source}. ${WHOM}`);
  return found;
}

/** @throws Mistake where people have too few pictures to make pairs of one, and of two */
export function requirePairs(named: readonly Labelled[], source: string): void {
  const people = new Set(named.map(({ person }) => person)).size;
  if (people > 1 && people < named.length) return;
  throw new Mistake(
    `in ${source} there are too few for pairs (people: ${people}, pictures: ${named.length}): it takes ` +
      `two people, and two pictures of one of them. ${WHOM}`,
  );
}

/** @throws Mistake where people who are asked for by name have no pictures: the list is of another set */
export function requireEverybody(
  named: readonly Labelled[],
  { only = [], without = [] }: Selection,
): void {
  const [there, out] = [new Set(named.map(({ person }) => person)), new Set(without)];
  const lost = only.filter((person) => !out.has(person) && !there.has(person));
  if (lost.length > 0) throw new Mistake(`${lost.length} people have no pictures: ${lost[0]}`);
}

const WHOM = 'Whom a picture shows is told by the folder that it lies in, or by --person.';

export function isWanted({ only, without = [] }: Selection): (person: string) => boolean {
  const among = only === undefined ? undefined : new Set(only);
  const out = new Set(without);
  return (person) => !out.has(person) && (among === undefined || among.has(person));
}

/** Option of the tools that take the pictures themselves. */
export const PICTURES_ARG = {
  type: 'string',
  required: true,
  valueHint: 'source',
  description: 'Folder or tar of pictures whose paths tell the person',
} as const;

/** Options of the tools that take pictures of people. */
export const PEOPLE_ARGS = {
  person: {
    type: 'string',
    valueHint: 'pattern',
    description: 'Regular expression whose first group names the person; default: the folder',
  },
  identities: {
    type: 'string',
    valueHint: 'file',
    description: 'Only these people, one a line',
  },
} as const;
