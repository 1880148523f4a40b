/** A gallery in memory: who is in it, and the templates of each network in one block. */
import type { Embedding } from '../face/embed.ts';
import { nearestOfEach } from '../face/identify.ts';
import { Vectors } from './search.ts';
import type { Entry, Found, Listed, StoredTemplate } from './store.ts';

/** A template's place. Rows move when others are removed. */
interface Row {
  readonly subject: string;
  readonly pictures: number;
  readonly model: string;
  at: number;
}

interface Subject {
  readonly enrolledAt: number;
  /** The page that it is stored in. */
  readonly page: number;
  readonly rows: readonly Row[];
}

interface Shelf {
  readonly vectors: Vectors;
  readonly rows: Row[];
  subjects: number;
}

export class Contents {
  readonly #subjects = new Map<string, Subject>();
  readonly #shelves = new Map<string, Shelf>();
  readonly #pages = new Map<number, { subjects: Set<string>; templates: number }>();
  #templates = 0;
  /** Templates of any one subject. */
  #mostTemplates = 1;

  get subjects(): number {
    return this.#subjects.size;
  }

  get templates(): number {
    return this.#templates;
  }

  /** The pages that hold anything, and how many templates each. */
  get pages(): Iterable<readonly [page: number, templates: number]> {
    return [...this.#pages].map(([page, { templates }]) => [page, templates] as const);
  }

  /** Makes room for so many templates of a network at once. */
  reserve(model: string, templates: number): void {
    this.#shelf(model).vectors.reserve(templates);
  }

  /** Place that a subject is stored at. */
  pageOf(subject: string): number | undefined {
    return this.#subjects.get(subject)?.page;
  }

  /** All that is stored in a page. */
  inPage(page: number): Entry[] {
    return [...(this.#pages.get(page)?.subjects ?? [])].map(
      (subject) => this.get(subject) as Entry,
    );
  }

  get(subject: string): Entry | undefined {
    const found = this.#subjects.get(subject);
    if (found === undefined) return undefined;
    const templates = found.rows.map(({ model, pictures, at }) => ({
      model,
      pictures,
      embedding: this.#shelf(model).vectors.at(at),
    }));
    return { subject, enrolledAt: found.enrolledAt, templates };
  }

  /** Puts a subject into a page, in place of what it had anywhere. */
  put({ subject, enrolledAt, templates }: Entry, page: number): void {
    this.remove(subject);
    const rows = templates.map((template) => this.#add(subject, template));
    for (const model of new Set(rows.map((row) => row.model))) this.#shelf(model).subjects++;
    this.#subjects.set(subject, { enrolledAt, page, rows });
    const stored = this.#pages.get(page) ?? { subjects: new Set(), templates: 0 };
    stored.subjects.add(subject);
    stored.templates += rows.length;
    this.#pages.set(page, stored);
    this.#templates += rows.length;
    this.#mostTemplates = Math.max(this.#mostTemplates, rows.length);
  }

  /** @returns false where there was none */
  remove(subject: string): boolean {
    const found = this.#subjects.get(subject);
    if (found === undefined) return false;
    const { rows, page } = found;
    for (const model of new Set(rows.map((row) => row.model))) this.#shelf(model).subjects--;
    for (const row of rows) this.#take(row);
    this.#subjects.delete(subject);
    const stored = this.#pages.get(page);
    stored?.subjects.delete(subject);
    if (stored) stored.templates -= rows.length;
    if (stored?.subjects.size === 0) this.#pages.delete(page);
    this.#templates -= rows.length;
    return true;
  }

  /** The `most` subjects after `cursor`, in the order of their names. */
  after(cursor: string, most: number): { subjects: string[]; more: boolean } {
    const later = [...this.#subjects.keys()].filter((subject) => subject > cursor).sort();
    return { subjects: later.slice(0, most), more: later.length > most };
  }

  describe(subject: string): Listed | undefined {
    const found = this.#subjects.get(subject);
    if (found === undefined) return undefined;
    const templates = found.rows.map(({ model, pictures }) => ({ model, pictures }));
    return { subject, enrolledAt: found.enrolledAt, templates };
  }

  /** Number of templates, for this network. */
  count(model: string): Omit<Found, 'candidates'> {
    const shelf = this.#shelves.get(model);
    const { size: subjects } = this.#subjects;
    return {
      size: shelf?.vectors.count ?? 0,
      subjects,
      outdated: subjects - (shelf?.subjects ?? 0),
    };
  }

  search(probe: Embedding, model: string, top: number): Found {
    const shelf = this.#shelves.get(model);
    // So many rows have `top` subjects among them, whatever the number of each one's templates.
    const hits = shelf?.vectors.nearest(probe, top * this.#mostTemplates) ?? [];
    const candidates = hits.map(({ row, distance }) => {
      const { subject, pictures } = (shelf as Shelf).rows[row] as Row;
      return { subject, pictures, distance };
    });
    return { ...this.count(model), candidates: nearestOfEach(candidates, top) };
  }

  #shelf(model: string): Shelf {
    let shelf = this.#shelves.get(model);
    if (shelf === undefined) {
      shelf = { vectors: new Vectors(), rows: [], subjects: 0 };
      this.#shelves.set(model, shelf);
    }
    return shelf;
  }

  #add(subject: string, { model, pictures, embedding }: StoredTemplate): Row {
    const { vectors, rows } = this.#shelf(model);
    vectors.add(embedding);
    const row = { subject, pictures, model, at: rows.length };
    rows.push(row);
    return row;
  }

  /** The last row takes the place of the one that goes. */
  #take({ model, at }: Row): void {
    const { vectors, rows } = this.#shelf(model);
    vectors.remove(at);
    const last = rows.pop() as Row;
    if (at === rows.length) return;
    rows[at] = last;
    last.at = at;
  }
}
