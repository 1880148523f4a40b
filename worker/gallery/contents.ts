/**
 * A gallery in memory: who is in it, and the templates of each network in blocks.
 *
 * Subjects lie in columns, by slot, for an object each would take several times as much: with 100,000
 * of them some 10 MB next to 13 MB of templates.
 */
import { DIMENSION, type Embedding } from '../face/embed.ts';
import { nearestOfEach } from '../face/identify.ts';
import type { Entry, Found, Listed } from './gallery-store.ts';
import type { OpenedPage } from './pages.ts';
import { Vectors } from './search.ts';

/** Templates of one network. Rows move when others are removed. */
interface Shelf {
  readonly model: string;
  readonly vectors: Vectors;
  /** Each row's subject, by slot. */
  readonly owners: number[];
  readonly pictures: number[];
  /** Subjects that have a template here. */
  subjects: number;
}

/** Networks of one gallery at most; a row's reference is row * MAX_SHELVES + shelf. */
const MAX_SHELVES = 64;

export class Contents {
  readonly #slots = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #enrolledAt: number[] = [];
  /** Page that each subject is stored in; none has the number 0. */
  readonly #pageOf: number[] = [];
  /** References to each subject's rows, in its templates' order; mostly there is one. */
  readonly #rows: (number | readonly number[])[] = [];
  readonly #free: number[] = [];
  readonly #shelves: Shelf[] = [];
  /** Number of templates in each page that holds any. */
  readonly #pages = new Map<number, number>();
  #templates = 0;
  /** Templates of any one subject. */
  #mostTemplates = 1;

  get subjects(): number {
    return this.#slots.size;
  }

  get templates(): number {
    return this.#templates;
  }

  /** The pages that hold anything, and how many templates each. */
  get pages(): ReadonlyMap<number, number> {
    return this.#pages;
  }

  /** Page that a subject is stored on. */
  pageOf(subject: string): number | undefined {
    const slot = this.#slots.get(subject);
    return slot === undefined ? undefined : this.#pageOf[slot];
  }

  /** All that is stored in a page. */
  inPage(page: number): Entry[] {
    const entries: Entry[] = [];
    for (const [slot, its] of this.#pageOf.entries()) {
      if (its === page) entries.push(this.get(this.#names[slot] as string) as Entry);
    }
    return entries;
  }

  get(subject: string): Entry | undefined {
    const slot = this.#slots.get(subject);
    if (slot === undefined) return undefined;
    const templates = this.#refs(slot).map((ref) => {
      const { model, pictures, vectors } = this.#shelves[ref % MAX_SHELVES] as Shelf;
      const row = Math.floor(ref / MAX_SHELVES);
      return { model, pictures: pictures[row] as number, embedding: vectors.at(row) };
    });
    return { subject, enrolledAt: this.#enrolledAt[slot] as number, templates };
  }

  describe(subject: string): Listed | undefined {
    const found = this.get(subject);
    if (found === undefined) return undefined;
    const templates = found.templates.map(({ model, pictures }) => ({ model, pictures }));
    return { ...found, templates };
  }

  /** Puts a subject into a page, in place of what it had anywhere. */
  put({ subject, enrolledAt, templates }: Entry, page: number): void {
    this.remove(subject);
    const refs = templates.map(({ model, pictures, embedding }) =>
      this.#addRow(this.#shelfOf(model), pictures, embedding, 0),
    );
    this.#add(subject, enrolledAt, page, refs);
    this.#count(page, refs.length);
  }

  /** Takes in all of a stored page, whose subjects are nowhere else. */
  load(opened: OpenedPage, page: number): void {
    const { models, subjects, enrolledAt, templates, networks, pictures, codes } = opened;
    const shelves = models.map((model) => this.#shelfOf(model));
    let row = 0;
    for (let i = 0; i < subjects.length; i++) {
      const refs: number[] = [];
      for (const end = row + (templates[i] as number); row < end; row++) {
        const shelf = shelves[networks[row] as number] as number;
        refs.push(this.#addRow(shelf, pictures[row] as number, codes, row * DIMENSION));
      }
      this.#add(subjects[i] as string, enrolledAt[i] as number, page, refs);
    }
    this.#count(page, row);
  }

  /** @returns false where there was none */
  remove(subject: string): boolean {
    const slot = this.#slots.get(subject);
    if (slot === undefined) return false;
    const refs = this.#refs(slot);
    for (const index of shelvesOf(refs)) (this.#shelves[index] as Shelf).subjects--;
    this.#count(this.#pageOf[slot] as number, -refs.length);
    // One at a time, for the row that takes a place may be the subject's own.
    for (let i = 0; i < refs.length; i++) this.#takeRow(this.#refs(slot)[i] as number);
    this.#slots.delete(subject);
    this.#names[slot] = '';
    this.#pageOf[slot] = 0;
    this.#rows[slot] = [];
    this.#free.push(slot);
    return true;
  }

  /** The `most` subjects after `cursor`, in the order of their names. */
  after(cursor: string, most: number): { subjects: string[]; more: boolean } {
    const later = [...this.#slots.keys()].filter((subject) => subject > cursor).sort();
    return { subjects: later.slice(0, most), more: later.length > most };
  }

  /** Number of templates, for this network. */
  count(model: string): Omit<Found, 'candidates'> {
    const shelf = this.#shelves.find((candidate) => candidate.model === model);
    const { size: subjects } = this.#slots;
    const outdated = subjects - (shelf?.subjects ?? 0);
    return { size: shelf?.vectors.count ?? 0, subjects, outdated };
  }

  search(probe: Embedding, model: string, top: number): Found {
    const shelf = this.#shelves.find((candidate) => candidate.model === model);
    // So many rows have `top` subjects among them, whatever the number of each one's templates.
    const hits = shelf?.vectors.nearest(probe, top * this.#mostTemplates) ?? [];
    const candidates = hits.map(({ row, distance }) => {
      const { owners, pictures } = shelf as Shelf;
      const subject = this.#names[owners[row] as number] as string;
      return { subject, pictures: pictures[row] as number, distance };
    });
    return { ...this.count(model), candidates: nearestOfEach(candidates, top) };
  }

  #refs(slot: number): readonly number[] {
    const refs = this.#rows[slot] as number | readonly number[];
    return typeof refs === 'number' ? [refs] : refs;
  }

  #add(subject: string, enrolledAt: number, page: number, refs: readonly number[]): void {
    const slot = this.#free.pop() ?? this.#names.length;
    this.#slots.set(subject, slot);
    this.#names[slot] = subject;
    this.#enrolledAt[slot] = enrolledAt;
    this.#pageOf[slot] = page;
    this.#rows[slot] = refs.length === 1 ? (refs[0] as number) : refs;
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as number;
      (this.#shelves[ref % MAX_SHELVES] as Shelf).owners[Math.floor(ref / MAX_SHELVES)] = slot;
    }
    for (const index of shelvesOf(refs)) (this.#shelves[index] as Shelf).subjects++;
    if (refs.length > this.#mostTemplates) this.#mostTemplates = refs.length;
  }

  /** Counts templates into a page, or out of it. */
  #count(page: number, templates: number): void {
    const count = (this.#pages.get(page) ?? 0) + templates;
    if (count > 0) this.#pages.set(page, count);
    else this.#pages.delete(page);
    this.#templates += templates;
  }

  /** Index of a network's shelf, which is made where there is none. */
  #shelfOf(model: string): number {
    const found = this.#shelves.findIndex((shelf) => shelf.model === model);
    if (found !== -1) return found;
    if (this.#shelves.length === MAX_SHELVES) throw new Error('templates of too many networks');
    const vectors = new Vectors();
    return this.#shelves.push({ model, vectors, owners: [], pictures: [], subjects: 0 }) - 1;
  }

  /** Adds a template whose codes begin at `from`. @returns its reference */
  #addRow(index: number, pictures: number, codes: Int8Array, from: number): number {
    const shelf = this.#shelves[index] as Shelf;
    const row = shelf.vectors.count;
    shelf.vectors.add(codes, from);
    shelf.pictures[row] = pictures;
    return row * MAX_SHELVES + index;
  }

  /** The last row takes the place of the one that goes. */
  #takeRow(ref: number): void {
    const index = ref % MAX_SHELVES;
    const row = Math.floor(ref / MAX_SHELVES);
    const { vectors, owners, pictures } = this.#shelves[index] as Shelf;
    vectors.remove(row);
    const last = vectors.count;
    const owner = owners.pop() as number;
    const itsPictures = pictures.pop() as number;
    if (row === last) return;
    owners[row] = owner;
    pictures[row] = itsPictures;
    const moved = last * MAX_SHELVES + index;
    const refs = this.#refs(owner).map((other) => (other === moved ? ref : other));
    this.#rows[owner] = refs.length === 1 ? (refs[0] as number) : refs;
  }
}

/** Shelves that rows are on, each once. */
function shelvesOf(refs: readonly number[]): Iterable<number> {
  if (refs.length === 1) return [(refs[0] as number) % MAX_SHELVES];
  return new Set(refs.map((ref) => ref % MAX_SHELVES));
}
