/**
 * The engine `vectorize`: candidates by an approximate index, Cloudflare Vectorize, and all else by
 * a register in the gallery's own object. For galleries beyond what one object holds in memory.
 *
 * The index is told ids, namespaces and vectors, and never a name. It takes writes with some delay
 * and answers approximately; so what it finds is looked up in the register, which knows who is
 * enrolled now, and compared by the codes there. Templates of the last minutes are compared whether
 * the index has them or not.
 */
import { base64url } from 'jose';
import { Refusal } from '../errors.ts';
import { type Candidate, rank, SearchThresholds } from '../face/decision/identify.ts';
import { squaredDistance } from '../face/embedding/distance.ts';
import { dequantize } from '../face/embedding/template.ts';
import { INDEX_BATCH, INDEX_DELAY_MS, MAX_INDEXED_TEMPLATES } from '../limits.ts';
import { describeError, logUndeleted } from '../log.ts';
import { hasPages } from './engine-data.ts';
import { growth, lastOfEach, pageOf } from './entries.ts';
import type {
  Description,
  Entry,
  Found,
  GalleryStore,
  Listed,
  ModelSearchTerms,
  Page,
  Put,
  PutAll,
} from './gallery-store.ts';
import { Mutex } from './mutex.ts';
import { Register, type Registered, type Row } from './register.ts';
import { judge } from './unique.ts';

/** Most results of a query that asks for neither values nor metadata. */
const TOP_K = 100;

/** Batches of deletions that one call orders; an alarm goes on. */
const SWEPT_BATCHES = 20;

const FULL = { kind: 'full', most: MAX_INDEXED_TEMPLATES } as const;

export class VectorizeGallery implements GalleryStore {
  readonly #register: Register;
  readonly #writes = new Mutex();

  /** @param id of the object, which no other gallery has */
  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly index: Vectorize,
    private readonly id: string,
    private readonly clock: () => number = Date.now,
  ) {
    this.#register = new Register(storage);
  }

  put(entry: Entry, unique?: ModelSearchTerms): Promise<Put> {
    return this.#writes.runExclusive(async () => {
      const search: GalleryStore['search'] = (...asked) => this.search(...asked);
      const verdict: Put = unique ? await judge(entry, unique, search) : { kind: 'stored' };
      if (verdict.kind !== 'stored') return verdict;
      return (await this.#store([entry])) ? verdict : FULL;
    });
  }

  putAll(entries: readonly Entry[]): Promise<PutAll> {
    return this.#writes.runExclusive(async () =>
      (await this.#store(entries)) ? { kind: 'stored' } : FULL,
    );
  }

  async get(subject: string): Promise<Listed | undefined> {
    return this.#register.describe(subject);
  }

  remove(subject: string): Promise<boolean> {
    return this.#writes.runExclusive(async () => {
      const removed = this.#register.remove(subject, this.clock());
      await this.#sweep();
      return removed;
    });
  }

  async list(cursor: string, most: number): Promise<Page<Listed>> {
    const found = this.#register.after(cursor, most);
    return pageOf(found, (subject) => this.#register.describe(subject) as Listed);
  }

  async read(cursor: string, most: number): Promise<Page<Entry>> {
    const found = this.#register.after(cursor, most);
    return pageOf(found, (subject) => this.#register.get(subject) as Entry);
  }

  async describe(model: string): Promise<Description> {
    return this.#register.summarize(model);
  }

  async search(probe: Float32Array, terms: ModelSearchTerms, top: number): Promise<Found> {
    const { model } = terms;
    const counts = this.#register.count(model);
    if (counts.size === 0) return { ...counts, basis: 'measured', candidates: [] };
    const namespace = await this.#namespace(model);
    const query = () => this.index.query(probe, { topK: TOP_K, namespace });
    const { matches } = await askIndex(query);
    const compared = new Map<string, Candidate>();
    const compare = ({ id, subject, pictures, embedding }: Row) => {
      const distance = squaredDistance(dequantize(embedding), probe);
      compared.set(id, { subject, pictures, distance });
    };
    for (const row of this.#register.rows(matches.map(({ id }) => id))) compare(row);
    const since = this.clock() - INDEX_DELAY_MS;
    for (const row of this.#register.writtenSince(since, model)) compare(row);
    const now = this.#register.count(model);
    const thresholds = new SearchThresholds(now.size, terms);
    const candidates = rank([...compared.values()], thresholds, top);
    return { ...now, basis: thresholds.basis, candidates };
  }

  clear(): Promise<boolean> {
    return this.#writes.runExclusive(async () => {
      const removed = this.#register.removeAll();
      await this.#sweep();
      return removed;
    });
  }

  /** Asks the index for the deletions that are still due. */
  sweep(): Promise<void> {
    return this.#writes.runExclusive(() => this.#sweep());
  }

  /** @returns false, and nothing is changed, where there is no room */
  async #store(named: readonly Entry[]): Promise<boolean> {
    const entries = lastOfEach(named);
    const added = growth(entries, (subject) => this.#register.describe(subject));
    if (this.#register.templates + added > MAX_INDEXED_TEMPLATES) return false;
    const registered = entries.map((entry) => ({
      entry,
      ids: entry.templates.map(() => crypto.randomUUID()),
    }));
    this.#register.addOrphans(registered.flatMap(({ ids }) => ids));
    try {
      const vectors = await this.#vectors(registered);
      for (let i = 0; i < vectors.length; i += INDEX_BATCH) {
        await askIndex(() => this.index.insert(vectors.slice(i, i + INDEX_BATCH)));
      }
      this.#register.put(registered, this.clock());
    } finally {
      await this.#sweep(); // vectors of replaced templates, or of an insertion that failed
    }
    return true;
  }

  async #vectors(registered: readonly Registered[]): Promise<VectorizeVector[]> {
    const vectors: VectorizeVector[] = [];
    for (const { entry, ids } of registered) {
      for (const [i, { model, embedding }] of entry.templates.entries()) {
        const id = ids[i] as string;
        const namespace = await this.#namespace(model);
        vectors.push({ id, namespace, values: dequantize(embedding) });
      }
    }
    return vectors;
  }

  /**
   * Deletions that fail are ordered again by the alarm; whoever is deleted is out all the same. The
   * alarm of those who wrote the orphans stays until none is left.
   */
  async #sweep(): Promise<void> {
    if (this.#register.isUnused) return;
    try {
      for (let i = 0; i < SWEPT_BATCHES; i++) {
        const ids = this.#register.orphans(INDEX_BATCH);
        if (ids.length === 0) {
          if (this.#register.subjects === 0) await this.#forget();
          else await this.storage.deleteAlarm();
          return;
        }
        await this.index.deleteByIds(ids);
        this.#register.discard(ids);
      }
    } catch (error) {
      logUndeleted(this.id, error); // nothing is lost: they are orphans still
    }
    this.#register.setAlarm();
  }

  /** An object that has stored nothing does not exist any more. Pages of the other engine stay. */
  async #forget(): Promise<void> {
    this.#register.drop(); // first: who reads meanwhile meets no tables
    if (!hasPages(this.storage)) await this.storage.deleteAll();
  }

  /** Partition of the index that this gallery's templates of a network are in: 43 characters. */
  async #namespace(model: string): Promise<string> {
    const name = new TextEncoder().encode(JSON.stringify([this.id, model]));
    return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', name)));
  }
}

/**
 * An answer of the index. What it throws is told as a fault of the moment: nobody can tell it from a lasting
 * one, such as an index of other dimensions, but by the log.
 *
 * @throws Refusal `unavailable`
 */
async function askIndex<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const detail = 'The index of galleries does not answer. Try again.';
    throw new Refusal({ code: 'unavailable', detail }, describeError(error));
  }
}
