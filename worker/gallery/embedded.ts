/**
 * The embedded engine: a gallery in a Durable Object's own storage, searched in memory.
 *
 * Storage holds sealed pages, and a summary: how many are in it, and the time of the last change. The first call
 * that asks for more opens all pages; from then on searches are exact and touch no storage. Writes go one after the other: each seals the
 * pages it changes, stores them in one transaction, and only then changes what is in memory. So a
 * write that fails changes nothing, and of two writers neither undoes the other's.
 */

import { Refusal } from '../errors.ts';
import { MAX_GALLERY_TEMPLATES, PAGE_TEMPLATES } from '../limits.ts';
import { keyRing, type SealConfig } from '../login/sealed-token.ts';
import { Contents, MAX_PARTITIONS } from './contents.ts';
import { hasPages, hasRegister, PAGE } from './engine-data.ts';
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
import { encodePage, openPage, PageSealer } from './pages.ts';
import { countOf, type Summary } from './summary.ts';
import { judge } from './unique.ts';

const SUMMARY = 'summary';

const FULL = { kind: 'full', most: MAX_GALLERY_TEMPLATES } as const;

/** Pages read at once. */
const LOADED_PAGES = 4;

/** Stored pages are listed in the order of their names. */
const nameOf = (page: number) => PAGE + String(page).padStart(8, '0');

/** A gallery opened: what is in it, and what seals it. */
interface Opened {
  readonly contents: Contents;
  readonly sealer: PageSealer;
}

export class EmbeddedGallery implements GalleryStore {
  #opened: Promise<Opened> | undefined;
  readonly #writes = new Mutex();

  /** @param id of the object, which no other gallery has */
  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly env: SealConfig,
    private readonly id: string,
  ) {}

  async put(entry: Entry, unique?: ModelSearchTerms): Promise<Put> {
    return this.#write(async ({ contents, sealer }) => {
      const search: Contents['search'] = (...asked) => contents.search(...asked);
      const verdict: Put = unique ? await judge(entry, unique, search) : { kind: 'stored' };
      if (verdict.kind !== 'stored') return verdict;
      return (await this.#store([entry], contents, sealer)) ? verdict : FULL;
    });
  }

  async putAll(entries: readonly Entry[]): Promise<PutAll> {
    return this.#write(async ({ contents, sealer }) => {
      return (await this.#store(entries, contents, sealer)) ? { kind: 'stored' } : FULL;
    });
  }

  async get(subject: string): Promise<Listed | undefined> {
    return (await this.#open()).contents.describe(subject);
  }

  async remove(subject: string): Promise<boolean> {
    return this.#write(async ({ contents, sealer }) => {
      const page = contents.pageOf(subject);
      if (page === undefined) return false;
      const left = contents.inPage(page).filter((entry) => entry.subject !== subject);
      await this.#save(new Map([[page, left]]), sealer);
      contents.remove(subject);
      this.#summarize(contents);
      if (contents.subjects === 0) await this.#forget();
      return true;
    });
  }

  async list(cursor: string, most: number): Promise<Page<Listed>> {
    const { contents } = await this.#open();
    return pageOf(contents.after(cursor, most), (subject) => contents.describe(subject) as Listed);
  }

  async read(cursor: string, most: number): Promise<Page<Entry>> {
    const { contents } = await this.#open();
    return pageOf(contents.after(cursor, most), (subject) => contents.get(subject) as Entry);
  }

  async describe(model: string): Promise<Description> {
    const stored = this.storage.kv.get<Summary>(SUMMARY);
    const summary = stored ?? { changedAt: 0, ...(await this.#open()).contents.summarize() };
    return { ...countOf(summary, model), changedAt: summary.changedAt };
  }

  async search(probe: Float32Array, terms: ModelSearchTerms, top: number): Promise<Found> {
    return (await this.#open()).contents.search(probe, terms, top);
  }

  /** Opens nothing: what cannot be opened any more can be deleted all the same. */
  clear(): Promise<boolean> {
    return this.#writes.runExclusive(async () => {
      const stored = hasPages(this.storage);
      await this.#forget();
      return stored;
    });
  }

  /** An object that has stored nothing does not exist any more. Tables of the other engine stay. */
  async #forget(): Promise<void> {
    if (hasRegister(this.storage)) this.#deletePages();
    else await this.storage.deleteAll();
    this.#opened = undefined;
  }

  #deletePages(): void {
    const { kv } = this.storage;
    this.storage.transactionSync(() => {
      while (hasPages(this.storage)) {
        for (const [name] of this.#pagesAfter(PAGE)) kv.delete(name);
      }
      kv.delete(SUMMARY);
    });
  }

  /**
   * @returns false, and nothing is changed, where there is no room
   * @throws Refusal `gallery_full`, and nothing is changed, for templates of too many networks
   */
  async #store(named: readonly Entry[], contents: Contents, sealer: PageSealer) {
    const entries = lastOfEach(named);
    const added = growth(entries, (subject) => contents.describe(subject));
    if (contents.templates + added > MAX_GALLERY_TEMPLATES) return false;
    if (!contents.hasPartitionsFor(entries)) {
      const detail = `A gallery holds templates of at most ${MAX_PARTITIONS} networks.`;
      throw new Refusal({ code: 'gallery_full', detail });
    }
    const placed = place(entries, contents);
    await this.#save(placed.pages, sealer);
    for (const [page, entry] of placed.entries) contents.put(entry, page);
    this.#summarize(contents);
    return true;
  }

  /** Stores the summary, right after the pages: nothing is waited for between, so both are stored, or neither. */
  #summarize(contents: Contents): void {
    const changedAt = Math.floor(Date.now() / 1000);
    this.storage.kv.put<Summary>(SUMMARY, { changedAt, ...contents.summarize() });
  }

  /** Stores pages as they are to be; an empty one is deleted. All of them, or none. */
  async #save(pages: ReadonlyMap<number, readonly Entry[]>, sealer: PageSealer): Promise<void> {
    const sealed = new Map<number, Uint8Array | undefined>();
    for (const [page, entries] of pages) {
      sealed.set(
        page,
        entries.length === 0 ? undefined : await sealer.seal(page, encodePage(entries)),
      );
    }
    this.storage.transactionSync(() => {
      for (const [page, bytes] of sealed) {
        if (bytes) this.storage.kv.put(nameOf(page), bytes);
        else this.storage.kv.delete(nameOf(page));
      }
    });
  }

  /** One write after the other, whether or not the one before succeeded. */
  #write<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    return this.#writes.runExclusive(async () => work(await this.#open()));
  }

  #open(): Promise<Opened> {
    if (this.#opened === undefined) {
      const opening = this.#load();
      this.#opened = opening;
      // A failed start is not kept: the next call tries again.
      opening.catch(() => {
        if (this.#opened === opening) this.#opened = undefined;
      });
    }
    return this.#opened;
  }

  async #load(): Promise<Opened> {
    const sealer = new PageSealer(await keyRing(this.env), this.id);
    const contents = new Contents();
    for (let after = PAGE; ; ) {
      const sealed = this.#pagesAfter(after);
      for (const [name, bytes] of sealed) {
        const page = Number(name.slice(PAGE.length));
        const opened = await sealer.open(page, bytes);
        contents.load(openPage(opened), page);
        // Freed at once: the garbage collector would come only when all of them have piled up.
        for (const { buffer } of [bytes, opened]) buffer.transfer(0);
        after = name;
      }
      if (sealed.length < LOADED_PAGES) break;
    }
    return { contents, sealer };
  }

  /** The next stored pages: not all at once, which would be the gallery in memory twice. */
  #pagesAfter(name: string): [string, Uint8Array<ArrayBuffer>][] {
    const next = { prefix: PAGE, startAfter: name, limit: LOADED_PAGES };
    return [...this.storage.kv.list<Uint8Array<ArrayBuffer>>(next)];
  }
}

/**
 * Finds a page for each entry: the one it is in, else the one with most room, else a new one.
 *
 * @returns each entry's page, and those pages as they are to be stored
 */
function place(entries: readonly Entry[], contents: Contents) {
  const counts = new Map(contents.pages);
  const changed = new Set<number>();
  const placed = new Map<string, readonly [page: number, entry: Entry]>();
  for (const entry of entries) {
    const before = contents.pageOf(entry.subject);
    if (before !== undefined) {
      const old = contents.describe(entry.subject)?.templates.length ?? 0;
      counts.set(before, (counts.get(before) ?? 0) - old);
      changed.add(before);
    }
    const page = roomiest(counts, entry.templates.length, before);
    counts.set(page, (counts.get(page) ?? 0) + entry.templates.length);
    changed.add(page);
    placed.set(entry.subject, [page, entry]);
  }
  const pages = new Map<number, Entry[]>();
  for (const page of changed) {
    pages.set(
      page,
      contents.inPage(page).filter(({ subject }) => !placed.has(subject)),
    );
  }
  for (const [page, entry] of placed.values()) pages.get(page)?.push(entry);
  return { entries: placed.values(), pages };
}

function roomiest(counts: ReadonlyMap<number, number>, wanted: number, before?: number): number {
  const fits = (page: number) => (counts.get(page) ?? 0) + wanted <= PAGE_TEMPLATES;
  if (before !== undefined && fits(before)) return before;
  let [best, least, last] = [0, Number.POSITIVE_INFINITY, 0];
  for (const [page, count] of counts) {
    last = Math.max(last, page);
    if (count < least) [best, least] = [page, count];
  }
  return best > 0 && fits(best) ? best : last + 1;
}
