/** Contract of every engine of galleries, whatever keeps the templates. */
import { describe, expect, it } from 'vitest';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { dequantize, quantize } from '../../worker/face/embedding/template.ts';
import type { Entry, GalleryStore } from '../../worker/gallery/gallery-store.ts';
import { calibration, stricterOfSeveral } from '../support/api.ts';
import { unitVectors, vectorNear } from '../support/vectors.ts';

export const MODEL = 'net-1';
export const TERMS = { model: MODEL, fpir: 0.01, calibration };
export const PEOPLE = unitVectors(40, 77);

/** A subject with templates of these pictures of one of `PEOPLE`. */
export function entry(subject: string, person: number, pictures = [1], model = MODEL): Entry {
  const templates = pictures.map((seed) => ({
    model,
    pictures: 1,
    embedding: quantize(vectorNear(PEOPLE[person] as Embedding, 0.3, seed)),
  }));
  return { subject, enrolledAt: 1000 + person, templates };
}

/** A subject with a template of this person for each of the numbers of pictures. */
function mixed(
  subject: string,
  person: number,
  made: readonly [pictures: number, noise: number][],
) {
  const templates = made.map(([pictures, noise], seed) => ({
    model: MODEL,
    pictures,
    embedding: quantize(vectorNear(PEOPLE[person] as Embedding, noise, 500 + seed)),
  }));
  return { subject, enrolledAt: 1000, templates };
}

export const probeOf = (person: number, seed = 99) =>
  vectorNear(PEOPLE[person] as Embedding, 0.3, seed);

/** @param make a gallery that nobody else has, empty */
export function storeContract(name: string, make: () => GalleryStore): void {
  describe(`${name}: a gallery`, () => {
    it('finds who was put into it, by the distance of what was stored', async () => {
      const store = make();
      for (let i = 0; i < 10; i++) await store.put(entry(`p${i}`, i));
      const probe = probeOf(3);
      const { size, subjects, candidates } = await store.search(probe, TERMS, 3);
      expect([size, subjects]).toEqual([10, 10]);
      const expected = Array.from({ length: 10 }, (_, i) => {
        const [{ embedding }] = entry(`p${i}`, i).templates as [Entry['templates'][number]];
        const distance = squaredDistance(dequantize(embedding), probe);
        return { subject: `p${i}`, pictures: 1, distance, threshold: 0.9, match: distance <= 0.9 };
      }).sort((a, b) => a.distance - b.distance);
      expect(candidates).toEqual(expected.slice(0, 3));
    });

    it('puts a subject in place of what it had', async () => {
      const store = make();
      expect(await store.put(entry('anna', 0, [1, 2, 3]))).toEqual({ kind: 'stored' });
      expect(await store.put(entry('anna', 1, [1]))).toEqual({ kind: 'stored' });
      const { size, candidates } = await store.search(probeOf(0), TERMS, 5);
      expect(size).toBe(1);
      expect(candidates).toHaveLength(1);
      expect(candidates[0]?.distance).toBeGreaterThan(1);
      expect(await store.get('anna')).toEqual({
        subject: 'anna',
        enrolledAt: 1001,
        templates: [{ model: MODEL, pictures: 1 }],
      });
    });

    it('ranks each subject once, by the nearest of its templates', async () => {
      const store = make();
      await store.put(entry('anna', 0, [1, 2, 3, 4, 5]));
      await store.put(entry('bob', 1, [1, 2, 3, 4, 5]));
      await store.put(entry('carl', 2, [1]));
      const { candidates, size } = await store.search(probeOf(0), TERMS, 3);
      expect(size).toBe(11);
      expect(candidates.map(({ subject }) => subject).sort()).toEqual(['anna', 'bob', 'carl']);
      expect(candidates[0]?.subject).toBe('anna');
    });

    it('forgets who is removed, and nobody else', async () => {
      const store = make();
      for (let i = 0; i < 8; i++) await store.put(entry(`p${i}`, i, [1, 2]));
      expect(await store.remove('p3')).toBe(true);
      expect(await store.remove('p3')).toBe(false);
      expect(await store.get('p3')).toBeUndefined();
      for (let i = 0; i < 8; i++) {
        const { candidates } = await store.search(probeOf(i), TERMS, 1);
        if (i === 3) expect(candidates[0]?.subject).not.toBe('p3');
        else expect(candidates[0]?.subject).toBe(`p${i}`);
      }
    });

    it('compares templates of one network, and counts subjects without any', async () => {
      const store = make();
      await store.put(entry('old', 0, [1], 'net-0'));
      await store.put(entry('new', 1));
      await store.put({
        ...entry('both', 2),
        templates: [...entry('both', 2).templates, ...entry('both', 2, [2], 'net-0').templates],
      });
      const found = await store.search(probeOf(0), TERMS, 5);
      expect(found).toMatchObject({ size: 2, subjects: 3, outdated: 1 });
      expect(found.candidates.map(({ subject }) => subject)).not.toContain('old');
      expect(await store.describe('net-0')).toMatchObject({ size: 2, subjects: 3, outdated: 1 });
      expect(await store.describe('net-9')).toMatchObject({ size: 0, subjects: 3, outdated: 3 });
    });

    it('lists by pages, and reads all of it', async () => {
      const store = make();
      const names = ['b', 'a', 'd', 'c', 'B'];
      for (const [i, name] of names.entries()) await store.put(entry(name, i, [1, 2]));
      const first = await store.list('', 3);
      expect(first.items.map(({ subject }) => subject)).toEqual(['B', 'a', 'b']);
      const second = await store.list(first.cursor ?? '', 3);
      expect(second.items.map(({ subject }) => subject)).toEqual(['c', 'd']);
      expect(second.cursor).toBeNull();
      const { items } = await store.read('', 10);
      expect(items.find(({ subject }) => subject === 'd')).toEqual(entry('d', 2, [1, 2]));
    });

    it('takes many at once, the last of a name', async () => {
      const store = make();
      await store.put(entry('p1', 30));
      const many = Array.from({ length: 30 }, (_, i) => entry(`p${i}`, i, [1, 2, 3]));
      expect(await store.putAll([...many, entry('p0', 31)])).toEqual({ kind: 'stored' });
      expect(await store.describe(MODEL)).toMatchObject({ size: 88, subjects: 30, outdated: 0 });
      expect((await store.search(probeOf(31), TERMS, 1)).candidates[0]?.subject).toBe('p0');
      expect((await store.search(probeOf(1), TERMS, 1)).candidates[0]?.subject).toBe('p1');
    });

    it('lets nobody in twice, at the asked rate', async () => {
      const store = make();
      expect((await store.put(entry('anna', 0, [1]), TERMS)).kind).toBe('stored');
      expect(await store.put(entry('again', 0, [2]), TERMS)).toEqual({
        kind: 'taken',
        subject: 'anna',
      });
      expect((await store.put(entry('anna', 0, [3]), TERMS)).kind).toBe('stored');
      expect((await store.put(entry('bob', 1), TERMS)).kind).toBe('stored');
      expect((await store.describe(MODEL)).subjects).toBe(2);
    });

    describe('of templates of one picture and of several, with thresholds of their own', () => {
      // Templates of several pictures lie nearer to the probe, and beyond a threshold that is 0.8 below.
      const terms = { ...TERMS, calibration: stricterOfSeveral };
      const near: [number, number] = [2, 0.3];
      const passing: [number, number] = [1, 0.6];

      it('names the same subject however many are asked for', async () => {
        const store = make();
        for (const subject of ['p1', 'p2', 'p3']) await store.put(mixed(subject, 0, [near]));
        await store.put(mixed('anna', 0, [passing]));
        for (const top of [1, 2, 3, 4]) {
          const { candidates } = await store.search(probeOf(0), terms, top);
          expect(candidates).toHaveLength(top);
          expect(candidates[0]).toMatchObject({ subject: 'anna', match: true, pictures: 1 });
          for (const { distance, match } of candidates.slice(1)) {
            expect(match).toBe(false);
            expect(distance).toBeLessThan(candidates[0]?.distance as number);
          }
        }
      });

      it('names a subject by a template that passes, though another is nearer', async () => {
        const store = make();
        await store.put(mixed('anna', 0, [near, passing]));
        const { candidates } = await store.search(probeOf(0), terms, 3);
        expect(candidates).toMatchObject([{ subject: 'anna', match: true, pictures: 1 }]);
      });

      it('lets nobody in whom a search names', async () => {
        const store = make();
        for (const subject of ['p1', 'p2', 'p3']) await store.put(mixed(subject, 0, [near]));
        await store.put(mixed('anna', 0, [passing]));
        const taken = { kind: 'taken', subject: 'anna' };
        expect(await store.put(entry('again', 0, [9]), terms)).toEqual(taken);
        expect((await store.put(entry('anna', 0, [9]), terms)).kind).toBe('stored');
      });
    });

    it('says the weakest basis of the thresholds of all templates, whoever is near', async () => {
      const store = make();
      const [one] = calibration.templates as [(typeof calibration.templates)[number]];
      const { identification: _, ...unmeasured } = one;
      const several = { ...unmeasured, pictures: 2, identification: [] };
      const terms = { ...TERMS, calibration: { templates: [one, several] } };
      expect((await store.search(probeOf(0), terms, 1)).basis).toBe('measured');
      for (let i = 0; i < 10; i++) await store.put(entry(`p${i}`, i));
      expect((await store.search(probeOf(0), terms, 1)).basis).toBe('measured');
      await store.put(mixed('p9', 9, [[3, 0.3]]));
      expect((await store.search(probeOf(0), terms, 1)).basis).toBe('extrapolated');
      await store.put(entry('p9', 9));
      expect((await store.search(probeOf(0), terms, 1)).basis).toBe('measured');
    });

    it('loses nothing of many writers at once', async () => {
      const store = make();
      await Promise.all(Array.from({ length: 25 }, (_, i) => store.put(entry(`p${i}`, i))));
      await Promise.all([
        ...Array.from({ length: 10 }, (_, i) => store.remove(`p${i}`)),
        ...Array.from({ length: 10 }, (_, i) => store.put(entry(`q${i}`, 25 + i))),
      ]);
      const { items } = await store.list('', 100);
      expect(items).toHaveLength(25);
      for (let i = 10; i < 25; i++) {
        expect((await store.search(probeOf(i), TERMS, 1)).candidates[0]?.subject).toBe(`p${i}`);
      }
    });

    it('is deleted whole, and can begin again', async () => {
      const store = make();
      expect(await store.clear()).toBe(false);
      await store.put(entry('anna', 0));
      expect(await store.clear()).toBe(true);
      expect(await store.describe(MODEL)).toMatchObject({ size: 0, subjects: 0, outdated: 0 });
      await store.put(entry('bob', 1));
      expect((await store.list('', 10)).items).toHaveLength(1);
    });
  });
}
