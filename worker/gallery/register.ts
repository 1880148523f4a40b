/**
 * Register of a gallery whose vectors are searched elsewhere: who is in it, by SQL.
 *
 * It has every template's codes, so that distances are exact and exports whole; the index next to it
 * finds candidates alone. Ids of vectors that the index may hold, and nobody is enrolled by, are kept
 * as orphans until their deletion is ordered. Whatever writes orphans sets an alarm at once: an object
 * can end in any call to the index, and nobody else would come back to them.
 */
import { hasRegister } from './engine-data.ts';
import type { Counts, Description, Entry, Listed, StoredTemplate } from './gallery-store.ts';

/** A template with the id of its vector. */
export interface Row extends StoredTemplate {
  readonly id: string;
  readonly subject: string;
}

/** An entry, and an id for each of its templates. */
export interface Registered {
  readonly entry: Entry;
  readonly ids: readonly string[];
}

type TemplateRow = {
  id: string;
  subject: string;
  model: string;
  pictures: number;
  codes: ArrayBuffer;
};

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS subjects (
     subject TEXT PRIMARY KEY, enrolled INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS templates (
     id TEXT PRIMARY KEY, subject TEXT NOT NULL, place INTEGER NOT NULL, model TEXT NOT NULL,
     pictures INTEGER NOT NULL, codes BLOB NOT NULL, written INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS of_subject ON templates (subject, place)',
  'CREATE INDEX IF NOT EXISTS by_time ON templates (written)',
  'CREATE TABLE IF NOT EXISTS orphans (id TEXT PRIMARY KEY) WITHOUT ROWID',
  // Counts are kept, not taken: taking them reads every row.
  `CREATE TABLE IF NOT EXISTS counts (
     model TEXT PRIMARY KEY, templates INTEGER NOT NULL, subjects INTEGER NOT NULL) WITHOUT ROWID`,
];

const TABLES = ['templates', 'subjects', 'counts', 'orphans'];

/** Time of the last change, in seconds since 1970. */
const CHANGED = 'changed';

/** The row of `counts` for all networks together; no model id is empty. */
const ALL = '';

/** Wait before deletions are ordered by the alarm. */
const SWEEP_MS = 60_000;

const COLUMNS = 'id, subject, model, pictures, codes';

export class Register {
  readonly #sql: SqlStorage;
  /** Tables are made at the first write: an object that has stored nothing does not exist. */
  #hasTables: boolean;

  constructor(private readonly storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#hasTables = hasRegister(storage);
  }

  /** Deletes the register, and nothing else that is stored. */
  drop(): void {
    this.#hasTables = false;
    this.storage.transactionSync(() => {
      for (const table of TABLES) this.#sql.exec(`DROP TABLE ${table}`);
      this.storage.kv.delete(CHANGED);
      this.storage.deleteAlarm();
    });
  }

  /** Nothing is stored, and nothing is left to delete. */
  get isUnused(): boolean {
    return !this.#hasTables;
  }

  /** Number of subjects. */
  get subjects(): number {
    return this.#counts(ALL).subjects;
  }

  /** Number of templates of all networks. */
  get templates(): number {
    return this.#counts(ALL).templates;
  }

  count(model: string): Counts {
    const { subjects } = this;
    const own = this.#counts(model);
    return { size: own.templates, subjects, outdated: subjects - own.subjects };
  }

  summarize(model: string): Description {
    return { ...this.count(model), changedAt: this.storage.kv.get<number>(CHANGED) ?? 0 };
  }

  get(subject: string): Entry | undefined {
    const [found] = this.#read<{ enrolled: number }>(
      'SELECT enrolled FROM subjects WHERE subject = ?',
      subject,
    );
    if (!found) return undefined;
    const templates = this.#templatesOf(subject).map(({ model, pictures, embedding }) => ({
      model,
      pictures,
      embedding,
    }));
    return { subject, enrolledAt: found.enrolled, templates };
  }

  describe(subject: string): Listed | undefined {
    const found = this.get(subject);
    return (
      found && {
        ...found,
        templates: found.templates.map(({ model, pictures }) => ({ model, pictures })),
      }
    );
  }

  /** The `most` subjects after `cursor`, in the order of their names. */
  after(cursor: string, most: number): { subjects: string[]; more: boolean } {
    const later = [
      ...this.#read<{ subject: string }>(
        'SELECT subject FROM subjects WHERE subject > ? ORDER BY subject LIMIT ?',
        cursor,
        most + 1,
      ),
    ];
    return {
      subjects: later.slice(0, most).map(({ subject }) => subject),
      more: later.length > most,
    };
  }

  /** Rows of these vectors, of those that somebody is enrolled by. */
  rows(ids: readonly string[]): Row[] {
    return [...this.#rows('id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))];
  }

  /**
   * Rows of a network that were written at this time or later, in milliseconds since 1970; one by
   * one, since there may be many while somebody imports.
   */
  writtenSince(time: number, model: string): Iterable<Row> {
    return this.#rows('written >= ? AND model = ?', time, model);
  }

  /** Notes ids that nobody is enrolled by: of vectors of before, and of those that are about to be. */
  addOrphans(ids: readonly string[]): void {
    if (!this.#hasTables) for (const statement of SCHEMA) this.#sql.exec(statement);
    this.#hasTables = true;
    const list = JSON.stringify(ids);
    this.#sql.exec('INSERT OR IGNORE INTO orphans SELECT value FROM json_each(?)', list);
    this.setAlarm();
  }

  /** Sets the alarm, which orders the deletion of orphans. */
  setAlarm(): void {
    this.storage.setAlarm(Date.now() + SWEEP_MS);
  }

  /** Enrols all, in place of what they had. Their ids are orphans before, the former ones after. */
  put(registered: readonly Registered[], now: number): void {
    this.storage.transactionSync(() => {
      for (const { entry, ids } of registered) {
        this.#drop(entry.subject);
        const { subject, enrolledAt, templates } = entry;
        this.#sql.exec('INSERT INTO subjects VALUES (?, ?)', subject, enrolledAt);
        for (const [place, { model, pictures, embedding }] of templates.entries()) {
          const id = ids[place] as string;
          const codes = embedding.slice().buffer;
          const row = [id, subject, place, model, pictures, codes, now];
          this.#sql.exec('INSERT INTO templates VALUES (?, ?, ?, ?, ?, ?, ?)', ...row);
          this.#sql.exec('DELETE FROM orphans WHERE id = ?', id);
        }
        this.#tally(templates, 1);
      }
      this.#touch(now);
    });
  }

  #touch(now: number): void {
    this.storage.kv.put(CHANGED, Math.floor(now / 1000));
  }

  /** @returns false where there was none */
  remove(subject: string, now: number): boolean {
    if (!this.#hasTables) return false;
    return this.storage.transactionSync(() => {
      const removed = this.#drop(subject);
      if (removed) this.#touch(now);
      return removed;
    });
  }

  /** Removes everybody. @returns false where nobody was there */
  removeAll(): boolean {
    if (!this.#hasTables) return false;
    return this.storage.transactionSync(() => {
      const { subjects } = this;
      this.#sql.exec('INSERT OR IGNORE INTO orphans SELECT id FROM templates');
      for (const table of ['templates', 'subjects', 'counts'])
        this.#sql.exec(`DELETE FROM ${table}`);
      this.setAlarm();
      return subjects > 0;
    });
  }

  /** Some of the ids whose deletion is still to be ordered. */
  orphans(most: number): string[] {
    return [...this.#read<{ id: string }>('SELECT id FROM orphans LIMIT ?', most)].map(
      ({ id }) => id,
    );
  }

  /** Forgets orphans whose deletion is ordered. */
  discard(ids: readonly string[]): void {
    const list = JSON.stringify(ids);
    this.#sql.exec('DELETE FROM orphans WHERE id IN (SELECT value FROM json_each(?))', list);
  }

  #drop(subject: string): boolean {
    const { rowsWritten } = this.#sql.exec('DELETE FROM subjects WHERE subject = ?', subject);
    if (rowsWritten === 0) return false;
    const rows = this.#templatesOf(subject);
    this.addOrphans(rows.map(({ id }) => id));
    this.#sql.exec('DELETE FROM templates WHERE subject = ?', subject);
    this.#tally(rows, -1);
    return true;
  }

  #templatesOf(subject: string): Row[] {
    return [...this.#rows('subject = ? ORDER BY place', subject)];
  }

  *#rows(condition: string, ...bindings: (string | number)[]): Generator<Row> {
    const query = `SELECT ${COLUMNS} FROM templates WHERE ${condition}`;
    for (const { codes, ...row } of this.#read<TemplateRow>(query, ...bindings)) {
      yield { ...row, embedding: new Int8Array(codes) };
    }
  }

  #read<T extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: (string | number)[]
  ): Iterable<T> {
    return this.#hasTables ? this.#sql.exec<T>(query, ...bindings) : [];
  }

  #counts(model: string): { templates: number; subjects: number } {
    const query = 'SELECT templates, subjects FROM counts WHERE model = ?';
    const [found] = this.#read<{ templates: number; subjects: number }>(query, model);
    return found ?? { templates: 0, subjects: 0 };
  }

  /** Counts a subject's templates in or out. */
  #tally(templates: readonly { readonly model: string }[], sign: 1 | -1): void {
    const models = templates.map(({ model }) => model);
    for (const model of new Set([ALL, ...models])) {
      const own = model === ALL ? models : models.filter((other) => other === model);
      this.#sql.exec(
        `INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE
           SET templates = templates + excluded.templates, subjects = subjects + excluded.subjects`,
        model,
        sign * own.length,
        sign,
      );
    }
  }
}
