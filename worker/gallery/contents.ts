/**
 * A gallery in memory: who is in it, and the templates of each network in blocks.
 *
 * Subjects lie in columns, by slot, and their names in bytes (`names.ts`): an object each would take
 * several times as much, and so would arrays while they grow (`column.ts`).
 */

import { rank, SearchThresholds } from '../face/decision/identify.ts';
import { DIMENSION, type Embedding } from '../face/embedding/embed.ts';
import { Column, CountedColumn } from './column.ts';
import type { Counts, Entry, Found, Listed, ModelSearchTerms } from './gallery-store.ts';
import { Names } from './names.ts';
import type { OpenedPage } from './pages.ts';
import { Vectors } from './search.ts';
import { countOf, type Summary } from './summary.ts';

/** Templates of one network. Rows move when others are removed. */
interface Partition {
  readonly model: string;
  readonly vectors: Vectors;
  /** Each row's subject, by slot. */
  readonly owners: Column;
  readonly pictures: CountedColumn;
  /** Subjects that have a template here. */
  subjects: number;
}

/** Networks of one gallery at most; a row's reference is row * MAX_PARTITIONS + partition. */
export const MAX_PARTITIONS = 64;

/** Value of a reference where the subject has several templates, or none. */
const SEVERAL = 2 ** 32 - 1;

export class Contents {
  readonly #names = new Names();
  /** Seconds since 1970. */
  readonly #enrolledAt = new Column();
  /** Page that each subject is stored in; none has the number 0. */
  readonly #pageOf = new Column();
  /** Reference to each subject's row, or `SEVERAL`: then they are here, in its templates' order. */
  readonly #row = new Column();
  readonly #several = new Map<number, readonly number[]>();
  readonly #partitions: Partition[] = [];
  /** Number of templates in each page that holds any. */
  readonly #pages = new Map<number, number>();
  #templates = 0;
  /** Templates of any one subject. */
  #mostTemplates = 1;

  get subjects(): number {
    return this.#names.size;
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
    const slot = this.#names.find(subject);
    return slot === undefined ? undefined : this.#pageOf.at(slot);
  }

  /** All that is stored in a page. */
  inPage(page: number): Entry[] {
    const entries: Entry[] = [];
    for (let slot = 0; slot < this.#pageOf.length; slot++) {
      if (this.#pageOf.at(slot) !== page) continue;
      entries.push(this.get(this.#names.at(slot)) as Entry);
    }
    return entries;
  }

  get(subject: string): Entry | undefined {
    const slot = this.#names.find(subject);
    if (slot === undefined) return undefined;
    const templates = this.#refs(slot).map((ref) => {
      const { model, pictures, vectors } = this.#partitions[ref % MAX_PARTITIONS] as Partition;
      const row = Math.floor(ref / MAX_PARTITIONS);
      return { model, pictures: pictures.at(row), embedding: vectors.at(row) };
    });
    return { subject, enrolledAt: this.#enrolledAt.at(slot), templates };
  }

  describe(subject: string): Listed | undefined {
    const found = this.get(subject);
    if (found === undefined) return undefined;
    const templates = found.templates.map(({ model, pictures }) => ({ model, pictures }));
    return { ...found, templates };
  }

  /** True where there is room for the networks of these entries: pages stored without it could not be loaded. */
  hasPartitionsFor(entries: readonly Entry[]): boolean {
    const models = new Set(this.#partitions.map(({ model }) => model));
    for (const { templates } of entries) for (const { model } of templates) models.add(model);
    return models.size <= MAX_PARTITIONS;
  }

  /** Puts a subject into a page, in place of what it had anywhere. */
  put({ subject, enrolledAt, templates }: Entry, page: number): void {
    this.remove(subject);
    const slot = this.#add(subject, enrolledAt, page);
    this.#setRows(
      slot,
      templates.map(({ model, pictures, embedding }) =>
        this.#addRow(slot, this.#partitionOf(model), pictures, embedding, 0),
      ),
    );
    this.#count(page, templates.length);
  }

  /** Takes in all of a stored page, whose subjects are nowhere else. */
  load(opened: OpenedPage, page: number): void {
    const { models, subjects, enrolledAt, templates, networks, pictures, codes } = opened;
    const partitions = models.map((model) => this.#partitionOf(model));
    let row = 0;
    for (let i = 0; i < subjects.length; i++) {
      const slot = this.#add(subjects[i] as string, enrolledAt[i] as number, page);
      const refs = new Array<number>(templates[i] as number);
      for (let k = 0; k < refs.length; k++, row++) {
        const partition = partitions[networks[row] as number] as number;
        refs[k] = this.#addRow(slot, partition, pictures[row] as number, codes, row * DIMENSION);
      }
      this.#setRows(slot, refs);
    }
    this.#count(page, row);
  }

  /** @returns false where there was none */
  remove(subject: string): boolean {
    const slot = this.#names.find(subject);
    if (slot === undefined) return false;
    const refs = this.#refs(slot);
    for (const index of partitionsOf(refs)) (this.#partitions[index] as Partition).subjects--;
    this.#count(this.#pageOf.at(slot), -refs.length);
    // One at a time, for the row that takes a place may be the subject's own.
    for (let i = 0; i < refs.length; i++) this.#takeRow(this.#refs(slot)[i] as number);
    this.#names.remove(slot);
    this.#pageOf.set(slot, 0);
    this.#setRefs(slot, []);
    return true;
  }

  /** The `most` subjects after `cursor`, in the order of their names. */
  after(cursor: string, most: number): { subjects: string[]; more: boolean } {
    const { names: subjects, more } = this.#names.after(cursor, most);
    return { subjects, more };
  }

  /** Numbers of each network that there are templates of. */
  summarize(): Omit<Summary, 'changedAt'> {
    const networks = this.#partitions.map(({ model, subjects, vectors }) => ({
      model,
      subjects,
      templates: vectors.count,
    }));
    return { subjects: this.#names.size, networks };
  }

  count(model: string): Counts {
    return countOf(this.summarize(), model);
  }

  search(probe: Embedding, terms: ModelSearchTerms, top: number): Found {
    const counts = this.count(terms.model);
    const partition = this.#partitions.find(({ model }) => model === terms.model);
    if (partition === undefined) return { ...counts, basis: 'measured', candidates: [] };
    const thresholds = new SearchThresholds(counts.size, terms);
    const { vectors, owners, pictures } = partition;
    const rows = {
      of: (row: number) => thresholds.of(pictures.at(row)),
      largest: Math.max(...pictures.values.map((value) => thresholds.of(value))),
    };
    // So many rows have `top` subjects among them, whatever the number of each one's templates.
    const hits = vectors.nearest(probe, top * this.#mostTemplates, rows);
    const candidates = hits.map(({ row, distance }) => {
      const subject = this.#names.at(owners.at(row));
      return { subject, pictures: pictures.at(row), distance };
    });
    return {
      ...counts,
      basis: thresholds.basis,
      candidates: rank(candidates, thresholds, top),
    };
  }

  #refs(slot: number): readonly number[] {
    const ref = this.#row.at(slot);
    return ref === SEVERAL ? (this.#several.get(slot) ?? []) : [ref];
  }

  #setRefs(slot: number, refs: readonly number[]): void {
    this.#row.set(slot, refs.length === 1 ? (refs[0] as number) : SEVERAL);
    if (refs.length > 1) this.#several.set(slot, refs);
    else this.#several.delete(slot);
  }

  /** @returns the new subject's slot */
  #add(subject: string, enrolledAt: number, page: number): number {
    const slot = this.#names.add(subject);
    this.#enrolledAt.set(slot, enrolledAt);
    this.#pageOf.set(slot, page);
    return slot;
  }

  #setRows(slot: number, refs: readonly number[]): void {
    this.#setRefs(slot, refs);
    for (const index of partitionsOf(refs)) (this.#partitions[index] as Partition).subjects++;
    if (refs.length > this.#mostTemplates) this.#mostTemplates = refs.length;
  }

  /** Counts templates into a page, or out of it. */
  #count(page: number, templates: number): void {
    const count = (this.#pages.get(page) ?? 0) + templates;
    if (count > 0) this.#pages.set(page, count);
    else this.#pages.delete(page);
    this.#templates += templates;
  }

  /** Index of a network's partition, which is made where there is none. */
  #partitionOf(model: string): number {
    const found = this.#partitions.findIndex((partition) => partition.model === model);
    if (found !== -1) return found;
    if (this.#partitions.length === MAX_PARTITIONS)
      throw new Error('templates of too many networks');
    const vectors = new Vectors();
    const [owners, pictures] = [new Column(), new CountedColumn()];
    return this.#partitions.push({ model, vectors, owners, pictures, subjects: 0 }) - 1;
  }

  /** Adds a template of a subject, whose codes begin at `from`. @returns its reference */
  #addRow(slot: number, index: number, pictures: number, codes: Int8Array, from: number): number {
    const partition = this.#partitions[index] as Partition;
    const row = partition.vectors.count;
    partition.vectors.add(codes, from);
    partition.owners.set(row, slot);
    partition.pictures.set(row, pictures);
    return row * MAX_PARTITIONS + index;
  }

  /** The last row takes the place of the one that goes. */
  #takeRow(ref: number): void {
    const index = ref % MAX_PARTITIONS;
    const row = Math.floor(ref / MAX_PARTITIONS);
    const { vectors, owners, pictures } = this.#partitions[index] as Partition;
    vectors.remove(row);
    const last = vectors.count;
    const owner = owners.pop();
    const itsPictures = pictures.pop();
    if (row === last) return;
    owners.set(row, owner);
    pictures.set(row, itsPictures);
    const moved = last * MAX_PARTITIONS + index;
    this.#setRefs(
      owner,
      this.#refs(owner).map((other) => (other === moved ? ref : other)),
    );
  }
}

/** Partitions that rows are on, each once. */
function partitionsOf(refs: readonly number[]): Iterable<number> {
  if (refs.length === 1) return [(refs[0] as number) % MAX_PARTITIONS];
  return new Set(refs.map((ref) => ref % MAX_PARTITIONS));
}
