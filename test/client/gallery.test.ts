/** Searches and galleries as the client asks for them, of the API itself. */
import { expect, it } from 'vitest';
import { ApiError, type Galleries, Visavis } from '../../client/index.ts';
import { call, file, KEY } from '../support/api.ts';
import { peopleServices as models } from '../support/people.ts';

const visavis = new Visavis({
  url: 'https://visavis.test',
  key: KEY.authorization.replace('Bearer ', ''),
  fetch: (input, init) => {
    const { pathname, search } = new URL(String(input));
    return call(pathname + search, init, { models });
  },
});

it('keeps a gallery, and finds who is in it', async () => {
  const gallery = visavis.gallery(crypto.randomUUID());
  await gallery.put('anna', { images: [file('anna'), file('anna-2')] });
  const { template } = await visavis.enrol({ subject: 'bob', images: [file('bob')] });
  await gallery.put('bob', { templates: [template], unique: true, fpir: 0.01 });
  const { gallery: name, ...report } = await gallery.describe();
  expect(report).toMatchObject({ subjects: 2, outdated: 0 });
  const found = await visavis.identify({ probe: file('bob-3'), gallery: name, top: 2 });
  expect(found.faces[0]?.subject).toBe('bob');
  const twice = gallery.put('anna-again', { images: [file('anna-5')], unique: true });
  await expect(twice).rejects.toThrow(ApiError);
  await expect(
    visavis.enrol({ subject: 'x', images: [file('bob')], unique: name }),
  ).rejects.toThrow('already_enrolled');
  expect((await gallery.list({ limit: 1 })).cursor).toBe('anna');
  const copy = visavis.gallery(crypto.randomUUID());
  for await (const page of gallery.exportPages()) await copy.importPage(page);
  expect((await copy.get('anna')).subject).toBe('anna');
  await copy.clear();
  await copy.importPage((await gallery.exportPage()).page);
  expect((await copy.describe()).subjects).toBe(2);
  const names: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Galleries = await visavis.galleries({ limit: 1, cursor });
    names.push(...page.galleries.map(({ gallery }) => gallery));
    cursor = page.cursor;
  }
  expect(names).toContain(name);
  await gallery.remove('anna');
  await gallery.clear();
  await expect(gallery.describe()).rejects.toThrow('not_found');
});

it('searches among templates, and groups faces', async () => {
  const templates = await Promise.all(
    ['anna', 'bob'].map(async (subject) => {
      const { template } = await visavis.enrol({ subject, images: [file(subject)] });
      return template;
    }),
  );
  const probe = file('anna-2 dora');
  const { faces } = await visavis.identify({ probe, templates, faces: 'all', fpir: 0.1 });
  expect(faces.map(({ subject }) => subject)).toEqual(['anna', null]);
  const images = ['anna', 'bob', 'anna-2'].map((name) => file(name));
  const clusters = await visavis.cluster({ images, far: 1e-3 });
  expect(clusters.faces.map(({ group }) => group)).toEqual([0, null, 0]);
  const collage = [file('anna anna-2'), file('bob')];
  const found = await visavis.cluster({ images: collage, collages: true });
  expect(found.faces.map(({ group }) => group)).toEqual([0, 0, null]);
});
