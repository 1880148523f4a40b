/** The choice of the engine, and its change, with galleries that the engine before it stored. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { openDirectory } from '../../worker/gallery/directory.ts';
import { Gallery, listGalleries, openGallery } from '../../worker/gallery/durable-object.ts';
import { EmbeddedGallery } from '../../worker/gallery/embedded.ts';
import type { GalleryStore } from '../../worker/gallery/gallery-store.ts';
import { VectorizeGallery } from '../../worker/gallery/vectorize.ts';
import { FakeVectorize } from '../support/fake-vectorize.ts';
import { entry, MODEL, probeOf, TERMS } from './contract.ts';

const ENGINES = [
  ['embedded', 'vectorize'],
  ['vectorize', 'embedded'],
] as const;
type Engine = (typeof ENGINES)[number][0];

const refused = { failure: { code: 'not_configured', detail: expect.stringContaining('staff') } };

/** A tenant that no other test uses. */
let tenant = '';
let index: FakeVectorize;
let stub: DurableObjectStub<Gallery>;
beforeEach(() => {
  tenant = crypto.randomUUID();
  index = new FakeVectorize(true);
  stub = env.GALLERY.get(env.GALLERY.idFromName(JSON.stringify([tenant, 'staff'])));
});

/** Calls the gallery as an object of a deployment with this engine. */
const under = <T>(GALLERY_ENGINE: Engine, work: (gallery: Gallery) => Promise<T>, more = {}) =>
  runInDurableObject(stub, (_, state) =>
    work(new Gallery(state, { ...env, GALLERY_ENGINE, VECTORS: index, ...more })),
  );

/** Stores by an engine alone, which knows nothing of the other. */
const storeBy = (engine: Engine, subject: string) =>
  runInDurableObject(stub, (_, { storage, id }) => {
    const gallery =
      engine === 'vectorize'
        ? new VectorizeGallery(storage, index, id.toString())
        : new EmbeddedGallery(storage, env, id.toString());
    return gallery.put(entry(subject, 0));
  });

const listed = async () => (await openDirectory(env, tenant).after('', 10)).names;

const found = async (gallery: GalleryStore) =>
  (await gallery.search(probeOf(0), TERMS, 5)).candidates.map(({ subject }) => subject);

const isEmpty = () =>
  runInDurableObject(stub, async (_, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'orphans'");
    const keys = [...storage.kv.list()];
    return tables.toArray().length + keys.length === 0 && (await storage.getAlarm()) === null;
  });

describe.each(ENGINES)('a gallery of the engine %s under %s', (before, after) => {
  const calls: [string, (gallery: Gallery) => Promise<unknown>][] = [
    ['put', (gallery) => gallery.put(entry('bob', 1))],
    ['putAll', (gallery) => gallery.putAll([entry('bob', 1)])],
    ['get', (gallery) => gallery.get('anna')],
    ['remove', (gallery) => gallery.remove('nobody')],
    ['list', (gallery) => gallery.list('', 10)],
    ['read', (gallery) => gallery.read('', 10)],
    ['describe', (gallery) => gallery.describe(MODEL)],
    ['search', (gallery) => gallery.search(probeOf(0), TERMS, 1)],
    ['clear', (gallery) => gallery.clear()],
  ];
  it.each(calls)('is refused, and stays: %s', async (_, call) => {
    await under(before, (gallery) => gallery.put(entry('anna', 0)));
    await under(after, async (gallery) => {
      await expect(call(gallery)).rejects.toMatchObject(refused);
      await gallery.tidy();
    });
    expect(await listed()).toEqual(['staff']);
    expect(await under(before, found)).toEqual(['anna']);
    expect(index.vectors.size).toBe(before === 'vectorize' ? 1 : 0);
  });

  it('is free for the other engine once it is deleted', async () => {
    await under(before, (gallery) => gallery.put(entry('anna', 0)));
    expect(await under(before, (gallery) => gallery.clear())).toBe(true);
    await under(after, (gallery) => gallery.put(entry('bob', 0)));
    expect(await under(after, found)).toEqual(['bob']);
  });
});

describe.each(ENGINES)('storage of both engines, of before, under %s', (own, other) => {
  const removals: [string, (gallery: Gallery) => Promise<unknown>][] = [
    ['remove', (gallery) => gallery.remove('anna')],
    ['clear', (gallery) => gallery.clear()],
  ];
  it.each(removals)('loses what its engine stored alone: %s', async (_, work) => {
    await openDirectory(env, tenant).add('staff');
    await storeBy(own, 'anna');
    await storeBy(other, 'bob');
    expect(await under(own, found)).toEqual(['anna']);
    expect(await under(own, work)).toBe(true);
    await expect(under(own, found)).rejects.toMatchObject(refused);
    expect(await listed()).toEqual(['staff']);
    expect(await under(other, found)).toEqual(['bob']);
    expect(await under(other, (gallery) => gallery.clear())).toBe(true);
    expect(await listed()).toEqual([]);
    expect(await isEmpty()).toBe(true);
    expect(index.vectors.size).toBe(0);
  });
});

describe('the alarm under the engine embedded', () => {
  beforeEach(async () => {
    await storeBy('vectorize', 'anna');
    index.failing = true;
    await under('vectorize', (gallery) => gallery.clear());
    index.failing = false;
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm()); // it rings
  });

  it('is what the gallery waits for, and says so', async () => {
    await expect(under('embedded', (gallery) => gallery.list('', 1))).rejects.toMatchObject({
      failure: { code: 'not_configured', detail: expect.stringContaining('Bind VECTORS') },
    });
  });

  it('orders the deletions that are left', async () => {
    await under('embedded', (gallery) => gallery.alarm());
    expect(index.vectors.size).toBe(0);
    expect(await isEmpty()).toBe(true);
  });

  it('rings again where there is no index any more, and the log says so', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await under('embedded', (gallery) => gallery.alarm(), { VECTORS: undefined });
    expect(log.mock.lastCall?.[0]).toMatch(/"undeleted".*the binding VECTORS is missing/);
    log.mockRestore();
    const alarm = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
    expect(index.vectors.size).toBe(1);
  });
});

describe('a deployment whose engine was changed', () => {
  it('refuses its gallery by a refusal, in its list too', async () => {
    await openDirectory(env, tenant).add('staff');
    await storeBy('vectorize', 'anna');
    const gallery = openGallery(env, tenant, 'staff');
    const list = () => listGalleries(env, tenant, { model: MODEL, cursor: '', most: 10 });
    for (const call of [() => gallery.remove('nobody'), list]) {
      const error = await call().catch((error) => error);
      expect(error).toBeInstanceOf(Refusal);
      expect(error).toMatchObject({ ...refused, reason: 'stored by vectorize' }); // no name in the log
    }
    expect(await listed()).toEqual(['staff']);
  });
});

describe('the choice of the engine', () => {
  const GALLERY = env.GALLERY;
  it.each([
    ['vectorize', 1],
    ['embedded', 0],
    [undefined, 0],
  ])('is by GALLERY_ENGINE: %s', async (GALLERY_ENGINE, vectors) => {
    const index = new FakeVectorize(true);
    const more = GALLERY_ENGINE === undefined ? {} : { GALLERY_ENGINE };
    const bindings = { ...env, ...more, VECTORS: index };
    await runInDurableObject(GALLERY.get(GALLERY.newUniqueId()), async (_, state) => {
      const gallery = new Gallery(state, bindings);
      await gallery.put(entry('anna', 0));
      expect(index.vectors.size).toBe(vectors);
      expect((await gallery.search(probeOf(0), TERMS, 1)).candidates[0]?.subject).toBe('anna');
      index.failing = true;
      await gallery.remove('anna');
      index.failing = false;
      await gallery.alarm();
      expect(index.vectors.size).toBe(0);
    });
  });

  it.each([
    [{}, 'GALLERY is missing'],
    [{ GALLERY, GALLERY_ENGINE: 'vectorize' }, 'VECTORS is missing'],
    [{ GALLERY, GALLERY_ENGINE: 'Vectorise', VECTORS: new FakeVectorize() }, 'neither'],
  ])('is refused where it is not complete: %#', (bindings, words) => {
    let detail: unknown;
    try {
      openGallery(bindings, 'acme', 'staff');
    } catch (error) {
      detail = (error as { failure: { code: string; detail: string } }).failure;
    }
    expect(detail).toMatchObject({
      code: 'not_configured',
      detail: expect.stringContaining(words),
    });
  });
});
