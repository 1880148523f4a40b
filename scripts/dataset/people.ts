/** People of a picture set: whom each picture shows, and which of them are taken. */
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

/** Pictures whose path names a person who is wanted. */
export function picturesOfPeople(source: string, selection: Selection = {}): Labelled[] {
  const wanted = isWanted(selection);
  return pictures(source, selection.person).flatMap(({ person, ...picture }) =>
    person !== null && wanted(person) ? [{ ...picture, person }] : [],
  );
}

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
