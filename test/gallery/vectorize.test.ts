/** The engine beside a stand-in of the index, with the real storage of a Durable Object. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import type { GalleryStore } from '../../worker/gallery/gallery-store.ts';
import { VectorizeGallery } from '../../worker/gallery/vectorize.ts';
import { INDEX_DELAY_MS } from '../../worker/limits.ts';
import { FakeVectorize } from '../support/fake-vectorize.ts';
import { entry, MODEL, probeOf, storeContract, TERMS } from './contract.ts';

interface Made {
  readonly store: GalleryStore;
  readonly index: FakeVectorize;
  readonly stub: DurableObjectStub;
  /** Lets time go on, in milliseconds. */
  later(ms: number): void;
  /** Orders deletions again, as the alarm does. */
  sweep(): Promise<void>;
}

/** A gallery that is empty, whose calls run inside an object of its own. */
function make(index = new FakeVectorize()): Made {
  const stub = env.GALLERY.get(env.GALLERY.newUniqueId());
  let now = 1_000_000_000;
  let engine: VectorizeGallery | undefined;
  const run = <T>(work: (engine: VectorizeGallery) => Promise<T>) =>
    runInDurableObject(stub, (_, state) => {
      engine ??= new VectorizeGallery(state.storage, index, stub.id.toString(), () => now);
      return work(engine);
    });
  const store: GalleryStore = {
    put: (...args) => run((engine) => engine.put(...args)),
    putAll: (...args) => run((engine) => engine.putAll(...args)),
    get: (...args) => run((engine) => engine.get(...args)),
    remove: (...args) => run((engine) => engine.remove(...args)),
    list: (...args) => run((engine) => engine.list(...args)),
    read: (...args) => run((engine) => engine.read(...args)),
    describe: (...args) => run((engine) => engine.describe(...args)),
    search: (...args) => run((engine) => engine.search(...args)),
    clear: () => run((engine) => engine.clear()),
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { store, index, stub, later, sweep: () => run((engine) => engine.sweep()) };
}

storeContract('vectorize, before the index has anything', () => make().store);
storeContract('vectorize, with an index that has all at once', () => {
  const { store, later } = make(new FakeVectorize(true));
  const put: GalleryStore['put'] = async (...args) => {
    const done = await store.put(...args);
    later(2 * INDEX_DELAY_MS); // so that nothing is found but by the index
    return done;
  };
  return { ...store, put };
});

const TABLES = ['subjects', 'templates', 'orphans', 'counts'];

/** Those tables of the register that are there. */
const tablesOf = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage }) => {
    const all = storage.sql.exec<{ name: string }>('SELECT name FROM sqlite_master').toArray();
    return TABLES.filter((table) => all.some(({ name }) => name === table));
  });

/** Number of rows of each table, 0 where it is not there. */
const rows = async (stub: DurableObjectStub) => {
  const there = await tablesOf(stub);
  return runInDurableObject(stub, (_, { storage }) =>
    TABLES.map((table) =>
      there.includes(table) ? storage.sql.exec(`SELECT * FROM ${table}`).toArray().length : 0,
    ),
  );
};

describe('a gallery that nothing was put into', () => {
  it('stores nothing, whatever is asked of it, nor once it is cleared', async () => {
    const { store, stub } = make();
    expect((await store.search(probeOf(0), TERMS, 3)).candidates).toEqual([]);
    expect(await store.get('anna')).toBeUndefined();
    expect((await store.list('', 10)).items).toEqual([]);
    expect(await store.remove('anna')).toBe(false);
    expect(await store.clear()).toBe(false);
    expect(await tablesOf(stub)).toEqual([]);
    await store.put(entry('anna', 0));
    expect(await tablesOf(stub)).toEqual(TABLES);
    expect(await store.clear()).toBe(true);
    expect(await tablesOf(stub)).toEqual([]);
    await store.put(entry('anna', 0));
    expect((await store.search(probeOf(0), TERMS, 3)).candidates).toHaveLength(1);
  });
});

describe('what the index is told', () => {
  it('is vectors under ids that say nothing, in a partition of the gallery and its network', async () => {
    const { store, index } = make(new FakeVectorize(true));
    await store.put(entry('anna-smith', 0, [1, 2]));
    await store.put(entry('anna-smith', 0, [1], 'net-0'));
    const told = [...index.vectors.values()];
    expect(told).toHaveLength(1); // what she had before is deleted
    await store.put(entry('bob', 1));
    const all = [...index.vectors.values()];
    expect(new Set(all.map(({ namespace }) => namespace)).size).toBe(2);
    for (const { id, namespace, metadata } of all) {
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(namespace).toMatch(/^[\w-]{43}$/);
      expect(metadata).toBeUndefined();
    }
    expect(JSON.stringify(all)).not.toContain('anna');
  });

  it('keeps galleries apart in one index', async () => {
    const index = new FakeVectorize(true);
    const [a, b] = [make(index), make(index)];
    await a.store.put(entry('anna', 0));
    await b.store.put(entry('bob', 0));
    for (const { later } of [a, b]) later(2 * INDEX_DELAY_MS);
    expect((await a.store.search(probeOf(0), TERMS, 5)).candidates).toMatchObject([
      { subject: 'anna' },
    ]);
    expect(await a.store.clear()).toBe(true);
    expect((await b.store.search(probeOf(0), TERMS, 5)).candidates).toMatchObject([
      { subject: 'bob' },
    ]);
    expect(index.vectors.size).toBe(1);
  });
});

describe('an index that is late', () => {
  it('is made up for: who was enrolled a moment ago is found, and not let in twice', async () => {
    const { store, index, later } = make();
    const unique = TERMS;
    await store.put(entry('anna', 0, [1]), unique);
    expect(index.vectors.size).toBe(0);
    later(INDEX_DELAY_MS);
    expect((await store.put(entry('again', 0, [2]), unique)).kind).toBe('taken');
    later(1); // later than that the index has to have it
    expect((await store.search(probeOf(0), TERMS, 1)).candidates).toEqual([]);
    index.process();
    expect((await store.search(probeOf(0), TERMS, 1)).candidates[0]?.subject).toBe('anna');
  });

  it('names nobody who is deleted, though it still has the vector', async () => {
    const { store, index, later, stub } = make();
    await store.put(entry('anna', 0));
    index.process();
    later(2 * INDEX_DELAY_MS);
    expect(await store.remove('anna')).toBe(true);
    expect(index.vectors.size).toBe(1);
    await store.put(entry('bob', 1));
    const { candidates } = await store.search(probeOf(0), TERMS, 5);
    expect(candidates.map(({ subject }) => subject)).toEqual(['bob']);
    index.process();
    expect(index.vectors.size).toBe(1);
    expect(await rows(stub)).toEqual([1, 1, 0, 2]);
  });
});

const alarmOf = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage }) => storage.getAlarm());

describe('an object that ends while the index is asked', () => {
  const works: [string, (store: GalleryStore) => Promise<unknown>][] = [
    ['put', (store) => store.put(entry('bob', 1))],
    ['put again', (store) => store.put(entry('anna', 1))],
    ['remove', (store) => store.remove('anna')],
    ['clear', (store) => store.clear()],
  ];
  it.each(works)('has an alarm for the vectors that nobody is enrolled by: %s', async (_, work) => {
    const { store, index, stub } = make(new FakeVectorize(true));
    for (const subject of ['anna', 'carl']) await store.put(entry(subject, 0));
    expect(await alarmOf(stub)).toBeNull();
    const release = index.hold();
    const working = work(store);
    await vi.waitFor(async () => expect((await rows(stub))[2]).toBeGreaterThan(0));
    expect(await alarmOf(stub)).toBeGreaterThan(Date.now());
    release();
    await working;
    expect((await rows(stub))[2]).toBe(0);
    expect(await alarmOf(stub)).toBeNull();
  });

  it('has none, and no storage, where nobody was removed', async () => {
    const { store, stub } = make();
    expect(await store.remove('anna')).toBe(false);
    expect(await store.clear()).toBe(false);
    expect(await alarmOf(stub)).toBeNull();
    expect(await tablesOf(stub)).toEqual([]);
  });
});

/** Refusal that says what the index threw to the log alone. */
const unavailable = (reason: string) => ({
  failure: { code: 'unavailable', detail: 'The index of galleries does not answer. Try again.' },
  reason,
});

describe('an index that fails', () => {
  it('names nobody, and lets in nobody as unique', async () => {
    const { store, index } = make();
    await store.put(entry('anna', 0));
    index.unanswering = true;
    const told = unavailable('Error: VECTOR_ERROR: no answer');
    await expect(store.search(probeOf(0), TERMS, 1)).rejects.toMatchObject(told);
    await expect(store.put(entry('bob', 1), TERMS)).rejects.toMatchObject(told);
    index.unanswering = false;
    expect(await store.get('bob')).toBeUndefined();
    expect((await store.search(probeOf(0), TERMS, 1)).candidates[0]?.subject).toBe('anna');
  });

  it('enrols nobody by halves', async () => {
    const { store, index, sweep, stub } = make();
    await store.put(entry('anna', 0));
    index.failing = true;
    const told = unavailable('Error: VECTOR_ERROR: unavailable');
    await expect(store.put(entry('anna', 1))).rejects.toMatchObject(told);
    await expect(store.putAll([entry('bob', 2)])).rejects.toMatchObject(told);
    expect((await store.search(probeOf(0), TERMS, 5)).candidates).toMatchObject([
      { subject: 'anna' },
    ]);
    expect((await rows(stub))[2]).toBe(2); // it cannot be known that the index has neither
    index.failing = false;
    await sweep();
    expect(await rows(stub)).toEqual([1, 1, 0, 2]);
    index.process();
    expect(index.vectors.size).toBe(1);
  });

  it('deletes later what it does not delete now', async () => {
    const { store, index, sweep, stub } = make(new FakeVectorize(true));
    for (let i = 0; i < 3; i++) await store.put(entry(`p${i}`, i, [1, 2]));
    index.failing = true;
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await store.remove('p0')).toBe(true);
    expect(await store.clear()).toBe(true);
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual(
      Array(2).fill({
        event: 'undeleted',
        object: stub.id.toString(),
        error: 'Error: VECTOR_ERROR: unavailable',
      }),
    );
    log.mockRestore();
    expect(await store.describe(MODEL)).toMatchObject({ size: 0, subjects: 0, outdated: 0 });
    expect(index.vectors.size).toBe(6);
    expect(await alarmOf(stub)).not.toBeNull();
    index.failing = false;
    await sweep();
    expect(index.vectors.size).toBe(0);
    expect(await rows(stub)).toEqual([0, 0, 0, 0]);
    expect(await alarmOf(stub)).toBeNull();
  });

  it('takes more at once than one of its calls does', async () => {
    const { store, index } = make(new FakeVectorize(true));
    const many = Array.from({ length: 300 }, (_, i) =>
      entry(`p${i}`, i % 40, [i, i + 1, i + 2, i + 3]),
    );
    expect(await store.putAll(many)).toEqual({ kind: 'stored' });
    expect(index.vectors.size).toBe(1200);
    expect(await store.clear()).toBe(true);
    expect(index.vectors.size).toBe(0);
  });
});
