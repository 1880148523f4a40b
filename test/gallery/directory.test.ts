/** The galleries of a tenant, as their directory has them. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { openDirectory } from '../../worker/gallery/directory.ts';
import { type Gallery, listGalleries, openGallery } from '../../worker/gallery/durable-object.ts';
import { entry, MODEL, TERMS } from './contract.ts';

const fresh = () => crypto.randomUUID();

/** Every page of the list, of so many names each. */
async function pagesOf(tenant: string, most: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await listGalleries(env, tenant, { model: MODEL, cursor, most });
    pages.push(page.items.map(({ gallery }) => gallery));
    cursor = page.cursor;
  }
  return pages;
}

const namesOf = async (tenant: string) => (await openDirectory(env, tenant).after('', 100)).names;

it('lists those that hold anybody, each with its numbers', async () => {
  const tenant = fresh();
  expect(await pagesOf(tenant, 10)).toEqual([[]]);
  const before = Math.floor(Date.now() / 1000);
  await openGallery(env, tenant, 'staff').putAll([entry('anna', 0, [1, 2]), entry('bob', 1)]);
  await openGallery(env, tenant, 'guests').put(entry('old', 2, [1], 'net-0'));
  const { items } = await listGalleries(env, tenant, { model: MODEL, cursor: '', most: 10 });
  const changedAt = expect.toSatisfy((at: number) => at >= before && at <= Date.now() / 1000);
  expect(items).toEqual([
    { gallery: 'guests', size: 0, subjects: 1, outdated: 1, changedAt },
    { gallery: 'staff', size: 3, subjects: 2, outdated: 0, changedAt },
  ]);
});

it('lists by pages, in the order of the names', async () => {
  const tenant = fresh();
  for (const [i, name] of ['b', 'a', 'B', 'd', '~'].entries()) {
    await openGallery(env, tenant, name).put(entry('anna', i));
  }
  expect(await pagesOf(tenant, 2)).toEqual([['B', 'a'], ['b', 'd'], ['~']]);
  expect(await pagesOf(tenant, 5)).toEqual([['B', 'a', 'b', 'd', '~']]);
});

it('takes a gallery out with its last subject, and when it is deleted whole', async () => {
  const tenant = fresh();
  const [staff, guests] = [openGallery(env, tenant, 'staff'), openGallery(env, tenant, 'guests')];
  await staff.putAll([entry('anna', 0), entry('bob', 1)]);
  await guests.put(entry('carl', 2));
  await staff.remove('anna');
  expect(await namesOf(tenant)).toEqual(['guests', 'staff']);
  await staff.remove('bob');
  expect(await namesOf(tenant)).toEqual(['guests']);
  await guests.clear();
  expect(await namesOf(tenant)).toEqual([]);
  await staff.put(entry('anna', 0));
  expect(await namesOf(tenant)).toEqual(['staff']);
});

it('names no gallery that was never written to', async () => {
  const tenant = fresh();
  const store = openGallery(env, tenant, 'staff');
  expect(await store.remove('anna')).toBe(false);
  expect(await store.clear()).toBe(false);
  expect((await store.search(new Float32Array(128), TERMS, 1)).subjects).toBe(0);
  expect(await namesOf(tenant)).toEqual([]);
});

it('does not show a name that a call left behind, and takes it out', async () => {
  const tenant = fresh();
  await openDirectory(env, tenant).add('left-behind');
  expect(await pagesOf(tenant, 10)).toEqual([[]]);
  expect(await namesOf(tenant)).toEqual([]);
});

it('loses no name between many writers', async () => {
  const tenant = fresh();
  const store = openGallery(env, tenant, 'staff');
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      store.put(entry('anna', 0)),
      store.remove('anna'),
      store.put(entry('bob', 1)),
      store.remove('bob'),
      store.put(entry('carl', 2)),
    ]);
    expect(await namesOf(tenant)).toEqual(['staff']);
    await store.remove('carl');
    expect(await namesOf(tenant)).toEqual([]);
  }
});

it('does not keep what could not be listed', async () => {
  const tenant = fresh();
  const name = JSON.stringify([tenant, 'staff']);
  const stub = env.GALLERY.get(env.GALLERY.idFromName(name));
  await runInDurableObject(stub, async (gallery: Gallery) => {
    const broken = {
      idFromName: () => {
        throw new Error('no directory');
      },
    };
    const own = (gallery as unknown as { env: object }).env;
    Object.assign(gallery, { env: { ...own, GALLERY_DIRECTORY: broken } });
    await expect(gallery.put(entry('anna', 0))).rejects.toThrow('no directory');
    expect((await gallery.describe(MODEL)).subjects).toBe(0);
  });
});

it('leaves nothing of its names behind once there is none', async () => {
  const [tenant, other] = [fresh(), fresh()];
  const sizeOf = (of: string) =>
    runInDurableObject(openDirectory(env, of), (_, { storage }) => storage.sql.databaseSize);
  const unused = await sizeOf(other);
  const staff = openGallery(env, tenant, 'staff');
  await staff.put(entry('anna', 0));
  expect(await sizeOf(tenant)).toBeGreaterThan(unused);
  await staff.clear();
  expect(await sizeOf(tenant)).toBe(unused);
  await staff.put(entry('anna', 0));
  expect(await namesOf(tenant)).toEqual(['staff']);
});

it('keeps the name of a gallery that comes while the last other one goes', async () => {
  const tenant = fresh();
  let [one, other] = ['staff', 'guests'];
  await openGallery(env, tenant, one).put(entry('anna', 0));
  for (let round = 0; round < 20; round++) {
    await Promise.all([
      openGallery(env, tenant, one).clear(),
      openGallery(env, tenant, other).put(entry('bob', 1)),
    ]);
    expect(await namesOf(tenant)).toEqual([other]);
    [one, other] = [other, one];
  }
});
