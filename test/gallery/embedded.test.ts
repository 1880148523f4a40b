/** The real Durable Object, in workerd, with its real storage. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { DEVELOPMENT_TEMPLATE_KEYS } from '../../worker/auth/development.ts';
import { Gallery, openGallery } from '../../worker/gallery/durable-object.ts';
import { decodePage, encodePage, PageSealer } from '../../worker/gallery/pages.ts';
import { keyRing } from '../../worker/login/sealed-token.ts';
import { entry, MODEL, probeOf, storeContract, TERMS } from './contract.ts';

storeContract('embedded', () => openGallery(env, 'acme', crypto.randomUUID()));

const ring = await keyRing({ TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS });

function fresh() {
  const name = crypto.randomUUID();
  const id = env.GALLERY.idFromName(JSON.stringify(['acme', name]));
  return { store: openGallery(env, 'acme', name), stub: env.GALLERY.get(id) };
}

/** All that is stored, by its key. */
const everything = (stub: DurableObjectStub<Gallery>) =>
  runInDurableObject(stub, (_, state) => new Map(state.storage.kv.list()));

/** The pages of it. */
const stored = (stub: DurableObjectStub<Gallery>) =>
  runInDurableObject(
    stub,
    (_, state) => new Map(state.storage.kv.list<Uint8Array<ArrayBuffer>>({ prefix: 'page:' })),
  );

const contains = (bytes: Uint8Array, part: Uint8Array) => {
  for (let i = 0; i + part.length <= bytes.length; i++) {
    if (part.every((byte, k) => bytes[i + k] === byte)) return true;
  }
  return false;
};

describe('what a gallery stores', () => {
  it('is sealed pages and numbers: no name and no template stands in them', async () => {
    const { store, stub } = fresh();
    await store.put(entry('anna-smith', 0));
    const [[name, page], ...others] = [...(await stored(stub))] as [
      [string, Uint8Array<ArrayBuffer>],
    ];
    expect([name, others]).toEqual(['page:00000001', []]);
    expect([...(await everything(stub)).keys()]).toEqual([name, 'summary']);
    expect((await everything(stub)).get('summary')).toEqual({
      changedAt: expect.any(Number),
      subjects: 1,
      networks: [{ model: MODEL, subjects: 1, templates: 1 }],
    });
    expect(contains(page, new TextEncoder().encode('anna'))).toBe(false);
    const codes = entry('anna-smith', 0).templates[0]?.embedding as Int8Array;
    expect(contains(page, new Uint8Array(codes.buffer).subarray(0, 8))).toBe(false);
    const opened = await new PageSealer(ring, stub.id.toString()).open(1, page);
    expect(decodePage(opened)).toEqual([entry('anna-smith', 0)]);
  });

  it('holds nothing of a subject after its deletion, in none of its pages', async () => {
    const { store, stub } = fresh();
    const sealer = new PageSealer(ring, stub.id.toString());
    for (let i = 0; i < 40; i++) await store.put(entry(`p${i}`, i, [1, 2, 3, 4, 5]));
    await store.put(entry('p7', 7, [6]));
    await store.remove('p7');
    await store.remove('p39');
    const pages = await stored(stub);
    expect(pages.size).toBe(2);
    const subjects: string[] = [];
    for (const [name, page] of pages) {
      const entries = decodePage(await sealer.open(Number(name.slice(5)), page));
      subjects.push(...entries.map(({ subject }) => subject));
    }
    const expected = Array.from({ length: 40 }, (_, i) => `p${i}`);
    expect(subjects.sort()).toEqual(expected.filter((p) => p !== 'p7' && p !== 'p39').sort());
    for (let i = 0; i < 40; i++) await store.remove(`p${i}`);
    expect((await everything(stub)).size).toBe(0);
  });

  it('is of so many networks as can be opened again', async () => {
    const { store, stub } = fresh();
    const some = (count: number) =>
      Array.from({ length: count }, (_, i) => entry(`p${i}`, 0, [i], `net-${i}`));
    const failure = { code: 'gallery_full', detail: expect.stringContaining('64 networks') };
    await expect(store.putAll(some(65))).rejects.toMatchObject({ failure });
    expect(await store.putAll(some(64))).toEqual({ kind: 'stored' });
    await expect(store.put(entry('more', 1, [1], 'net-64'))).rejects.toMatchObject({ failure });
    await store.put(entry('p63', 1, [1], 'net-0'));
    await abortAllDurableObjects();
    const again = env.GALLERY.get(stub.id);
    expect((await again.describe(MODEL)).subjects).toBe(64);
    expect(await again.get('more')).toBeUndefined();
    expect(await again.get('p1')).toMatchObject({ templates: [{ model: 'net-1' }] });
  });

  it('is there again after the object was ended', async () => {
    const { store, stub } = fresh();
    for (let i = 0; i < 30; i++) await store.put(entry(`p${i}`, i, [1, 2, 3, 4, 5]));
    await store.remove('p4');
    await abortAllDurableObjects();
    const again = env.GALLERY.get(stub.id);
    expect(await again.describe(MODEL)).toMatchObject({ size: 145, subjects: 29, outdated: 0 });
    expect((await again.search(probeOf(9), TERMS, 1)).candidates[0]?.subject).toBe('p9');
    expect(await again.get('p4')).toBeUndefined();
  });

  it('can be deleted though it cannot be opened', async () => {
    const { store, stub } = fresh();
    await store.put(entry('anna', 0));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.kv.put('page:00000001', new Uint8Array(500)); // as sealed with a key that is gone
    });
    await abortAllDurableObjects();
    const again = env.GALLERY.get(stub.id);
    expect(await again.clear()).toBe(true);
    expect((await everything(again)).size).toBe(0);
    await again.put(entry('bob', 1));
    expect((await again.describe(MODEL)).subjects).toBe(1);
  });

  it('says which secret it lacks once its key is gone, and is there again with the key', async () => {
    const { store, stub } = fresh();
    await store.put(entry('anna', 0));
    const other = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
    const failure = { code: 'not_configured', detail: expect.stringContaining('TEMPLATE_KEYS') };
    await runInDurableObject(stub, async (_, state) => {
      const gallery = new Gallery(state, { ...env, TEMPLATE_KEYS: other });
      await expect(gallery.search(probeOf(0), TERMS, 1)).rejects.toMatchObject({ failure });
      await expect(gallery.put(entry('bob', 1))).rejects.toMatchObject({ failure });
    });
    expect((await store.list('', 10)).items).toMatchObject([{ subject: 'anna' }]);
  });

  it('is sealed anew, all of it, by an import of its export into itself', async () => {
    const { store, stub } = fresh();
    await store.putAll(Array.from({ length: 150 }, (_, i) => entry(`p${i}`, i % 40)));
    const other = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
    const as = (TEMPLATE_KEYS: string, state: DurableObjectState) =>
      new Gallery(state, { ...env, TEMPLATE_KEYS });
    expect((await stored(stub)).size).toBeGreaterThan(1);
    await runInDurableObject(stub, async (_, state) => {
      const gallery = as(`${other} ${DEVELOPMENT_TEMPLATE_KEYS}`, state);
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await gallery.read(cursor, 100);
        await gallery.putAll(page.items);
        cursor = page.cursor;
      }
      expect((await as(other, state).list('', 1000)).items).toHaveLength(150);
    });
  });

  it('is nothing after an import of nobody, as the last page of an export may be', async () => {
    const { store, stub } = fresh();
    expect(await store.putAll([])).toEqual({ kind: 'stored' });
    expect((await everything(stub)).size).toBe(0);
  });

  it('is described without opening a page, and where nobody has counted it', async () => {
    const { store, stub } = fresh();
    await store.put(entry('anna', 0, [1, 2]));
    await runInDurableObject(stub, (_, { storage }) => storage.kv.delete('summary'));
    const counted = { size: 2, subjects: 1, outdated: 0 };
    expect(await store.describe(MODEL)).toMatchObject(counted);
    await store.put(entry('bob', 1));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.kv.put('page:00000001', new Uint8Array(500)); // as sealed with a key that is gone
    });
    await abortAllDurableObjects();
    const again = env.GALLERY.get(stub.id);
    expect(await again.describe(MODEL)).toMatchObject({ size: 3, subjects: 2, outdated: 0 });
  });

  it('fills pages that deletions have emptied', async () => {
    const { store, stub } = fresh();
    for (let i = 0; i < 40; i++) await store.put(entry(`p${i}`, i, [1, 2, 3, 4, 5]));
    for (let i = 0; i < 20; i++) await store.remove(`p${i}`);
    for (let i = 0; i < 20; i++) await store.put(entry(`q${i}`, i, [1, 2, 3, 4, 5]));
    expect((await stored(stub)).size).toBe(2);
  });
});

describe('a page', () => {
  it('opens in its own place alone, unchanged', async () => {
    const page = encodePage([entry('anna', 0), entry('bob', 1, [1, 2])]);
    const sealer = new PageSealer(ring, 'gallery 1');
    const sealed = await sealer.seal(3, page);
    expect(await sealer.open(3, sealed)).toEqual(page);
    await expect(sealer.open(4, sealed)).rejects.toThrow();
    await expect(new PageSealer(ring, 'gallery 2').open(3, sealed)).rejects.toThrow();
    for (const at of [0, 11, 23, sealed.length - 1]) {
      const changed = sealed.with(at, (sealed[at] as number) ^ 1);
      await expect(sealer.open(3, changed), `byte ${at}`).rejects.toThrow();
    }
  });

  it('opens with every key of TEMPLATE_KEYS, and is sealed with the first', async () => {
    const other = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
    const sealed = await new PageSealer(ring, 'g').seal(1, encodePage([entry('anna', 0)]));
    const both = await keyRing({ TEMPLATE_KEYS: `${other} ${DEVELOPMENT_TEMPLATE_KEYS}` });
    expect(decodePage(await new PageSealer(both, 'g').open(1, sealed))).toEqual([entry('anna', 0)]);
    const alone = await keyRing({ TEMPLATE_KEYS: other });
    await expect(new PageSealer(alone, 'g').open(1, sealed)).rejects.toThrow('TEMPLATE_KEYS');
    const anew = await new PageSealer(both, 'g').seal(1, encodePage([]));
    await expect(new PageSealer(alone, 'g').open(1, anew)).resolves.toBeDefined();
  });
});
