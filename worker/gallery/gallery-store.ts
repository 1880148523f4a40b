/**
 * A gallery: enrolled subjects of one tenant that pictures are searched among. One interface, so
 * that the routes do not know which engine keeps it.
 */
import type { Basis } from '../face/decision/identification-thresholds.ts';
import type { RankedSubject, SearchTerms } from '../face/decision/identify.ts';
import type { Template } from '../face/embedding/template.ts';

export interface StoredTemplate extends Template {
  /** The network that made it: `modelId`. Others cannot be compared with it. */
  readonly model: string;
}

/** An enrolled subject. */
export interface Entry {
  readonly subject: string;
  /** Seconds since 1970. */
  readonly enrolledAt: number;
  readonly templates: readonly StoredTemplate[];
}

/** Report of a subject. */
export type Listed = Omit<Entry, 'templates'> & {
  readonly templates: readonly Omit<StoredTemplate, 'embedding'>[];
};

export interface ModelSearchTerms extends SearchTerms {
  /** Model id: only templates of this network can be compared. */
  readonly model: string;
}

/** There is no room: the engine holds at most so many templates. */
export interface Full {
  readonly kind: 'full';
  readonly most: number;
}

export type PutAll = { readonly kind: 'stored' } | Full;

export type Put =
  /** Enrolled; with `unique`, also what was searched. */
  | { readonly kind: 'stored'; readonly searched?: Counts | undefined }
  | Full
  /** The person is there already, as this subject. */
  | { readonly kind: 'taken'; readonly subject: string };

/** Numbers of a gallery, for one network. */
export interface Counts {
  /** Templates of this network. */
  readonly size: number;
  /** Subjects in all, and those without a template of this network. */
  readonly subjects: number;
  readonly outdated: number;
}

/** Counts of a gallery, and the time of its last change. */
export interface Description extends Counts {
  /** Seconds since 1970; 0 where there is nothing. */
  readonly changedAt: number;
}

/** End of a search, in which all templates of the network were compared. */
export interface Found extends Counts {
  /** The weakest basis of the thresholds of these templates. */
  readonly basis: Basis;
  /** The candidate list, as `rank` makes it. */
  readonly candidates: readonly RankedSubject[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; null after the last. */
  readonly cursor: string | null;
}

export interface GalleryStore {
  /**
   * Enrols a subject, in place of what it had; with `unique`, only a person whom a search by these
   * terms does not name. New templates are searched for as if they were pictures.
   */
  put(entry: Entry, unique?: ModelSearchTerms): Promise<Put>;
  /** Enrols many: all, or none where there is no room. */
  putAll(entries: readonly Entry[]): Promise<PutAll>;
  get(subject: string): Promise<Listed | undefined>;
  /** @returns false where there was none */
  remove(subject: string): Promise<boolean>;
  /** Subjects in the order of the names' UTF-16 code units, `most` after `cursor`. */
  list(cursor: string, most: number): Promise<Page<Listed>>;
  /** The same with all that is stored. */
  read(cursor: string, most: number): Promise<Page<Entry>>;
  /** Numbers for this network, and the last change. Opens no templates. */
  describe(model: string): Promise<Description>;
  /** The first `top` of the candidate list. @param probe unit vector of 128 floats */
  search(probe: Float32Array, terms: ModelSearchTerms, top: number): Promise<Found>;
  /** Deletes the gallery. @returns false where there was none */
  clear(): Promise<boolean>;
}
