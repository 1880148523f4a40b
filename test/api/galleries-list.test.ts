/** The list of a tenant's galleries, and galleries that are moved whole. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Galleries, GalleryPage } from '../../worker/api/galleries.docs.ts';
import type { Scope } from '../../worker/auth/tenants.ts';
import { openGallery } from '../../worker/gallery/durable-object.ts';
import { entry } from '../gallery/contract.ts';
import { call, keyEntry, problemOf, tenantEntry } from '../support/api.ts';
import { type Asked, ask, codeOf, env, named, put, retrained } from '../support/galleries.ts';
import { ACME, OTHER } from '../support/login.ts';
import { peopleServices } from '../support/people.ts';

/** A gallery that no other test uses. */
let gallery = '';
beforeEach(() => {
  gallery = crypto.randomUUID();
});

// The first object loads the Worker with its networks, which can take a busy machine a minute.
beforeAll(async () => {
  await ask('GET', '', { in: 'first' });
}, 300_000);

type Who = Omit<Asked, 'in'>;

describe('galleries', () => {
  const list = (query = '', asked: Who = {}) => {
    const { key = ACME, of = peopleServices, more = env } = asked;
    return call(`/v1/galleries${query}`, { headers: key }, { models: of, env: more });
  };
  const listed = async (query = '', asked: Who = {}) =>
    (await list(query, asked)).json<Galleries>();
  /** A tenant that no other test uses, with this key. */
  const tenant = async (scopes: readonly Scope[] = ['galleries']) => {
    const own = tenantEntry(`t-${gallery}`, [await keyEntry('web', 'acme-key', scopes)]);
    return { more: { ...env, API_KEYS: JSON.stringify([own]) } };
  };

  it('are none at first, and listed with their numbers from their first subject on', async () => {
    const asked = await tenant();
    expect(await listed('', asked)).toEqual({ galleries: [], cursor: null });
    await put('anna', 'anna', {}, { ...asked, in: 'staff' });
    await put('bob', 'bob', {}, { ...asked, in: 'guests' });
    const { galleries, cursor } = await listed('', asked);
    expect([galleries.map(({ gallery }) => gallery), cursor]).toEqual([['guests', 'staff'], null]);
    expect(galleries[1]).toEqual(await (await ask('GET', '', { ...asked, in: 'staff' })).json());
    expect(galleries[1]).toMatchObject({ subjects: 1, templates: 1, outdated: 0 });
    expect(Date.now() - Date.parse(galleries[1]?.changedAt ?? '')).toBeLessThan(60_000);
    const anew = await listed('', { ...asked, of: retrained });
    expect(anew.galleries[0]).toMatchObject({ subjects: 1, templates: 0, outdated: 1 });
    await ask('DELETE', '', { ...asked, in: 'guests' });
    await ask('DELETE', '/subjects/anna', { ...asked, in: 'staff' });
    expect(await listed('', asked)).toEqual({ galleries: [], cursor: null });
  });

  it('come by pages', async () => {
    const asked = await tenant();
    for (const name of ['c', 'a', 'b']) await put('anna', 'anna', {}, { ...asked, in: name });
    const seen: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Galleries = await listed(`?limit=2&cursor=${cursor}`, asked);
      seen.push(page.galleries.map(({ gallery }) => gallery));
      cursor = page.cursor;
    }
    expect(seen).toEqual([['a', 'b'], ['c']]);
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?gallery=a']) {
      expect(await codeOf(await list(query, asked)), query).toBe('invalid_request');
    }
  });

  it('have parameters that are named where they are not known', async () => {
    for (const path of ['', '/staff/subjects', '/staff/export']) {
      const init = { headers: ACME };
      const response = await call(`/v1/galleries${path}?foo=1`, init, {
        models: peopleServices,
        env,
      });
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ code: 'invalid_request', field: 'foo' });
      expect(problem.detail).toMatch(/^`foo` is not known here; known are `cursor`/);
    }
  });

  it('of another tenant are not there', async () => {
    await put('anna', 'anna', {}, { in: gallery });
    const names = async (key: typeof ACME) =>
      (await listed('?limit=100', { key })).galleries.map(({ gallery }) => gallery);
    expect(await names(ACME)).toContain(gallery);
    expect(await names(OTHER)).not.toContain(gallery);
    // Nor does a look at theirs take ours out, as it takes out names of galleries that are gone.
    expect(await names(ACME)).toContain(gallery);
  });

  it('are told to keys with the scope, by a deployment that has the directory', async () => {
    expect(await codeOf(await list('', await tenant(['identify'])))).toBe('forbidden');
    const { GALLERY_DIRECTORY: _, ...less } = { ...env };
    const missing = await problemOf(await list('', { more: less }));
    expect(missing).toMatchObject({ code: 'not_configured' });
    expect(missing.detail).toContain('GALLERY_DIRECTORY');
  });
});

describe('a gallery', () => {
  it('is moved whole: what export answers is what import takes, page after page', async () => {
    const people = Array.from({ length: 250 }, (_, i) => `p${String(i).padStart(3, '0')}`);
    await openGallery(env, 'acme', gallery).putAll(people.map((name) => entry(name, 0)));
    await put('anna', 'anna', {}, { in: gallery });
    const [mine, theirs] = ['A', 'E'].map((letter) => letter.repeat(43)) as [string, string];
    const pages: string[] = [];
    const sealed = { in: gallery, more: { ...env, TEMPLATE_KEYS: mine } };
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await ask('GET', `/export?cursor=${cursor}`, sealed);
      pages.push(await answer.clone().text());
      cursor = (await answer.json<GalleryPage>()).cursor;
    }
    expect(pages).toHaveLength(2);
    // Another deployment has a first key of its own, and the former one's behind it.
    const moved = { in: crypto.randomUUID(), more: { ...env, TEMPLATE_KEYS: `${theirs} ${mine}` } };
    for (const [i, body] of pages.entries()) {
      const answer = await ask('POST', '/import', { body, ...moved });
      expect(await answer.json()).toEqual({ subjects: [200, 51][i] });
    }
    expect(await (await ask('GET', '', moved)).json()).toMatchObject({ subjects: 251 });
    expect(await named('anna-2', moved)).toBe('anna');
    const [body = ''] = pages;
    const foreign = { in: gallery, more: { ...env, TEMPLATE_KEYS: theirs } };
    const alone = await ask('POST', '/import', { ...foreign, body });
    expect(await codeOf(alone)).toBe('export_invalid');
    const more = JSON.stringify({ ...JSON.parse(body), gallery: 'staff' });
    expect((await problemOf(await ask('POST', '/import', { in: gallery, body: more }))).field).toBe(
      'gallery',
    );
  });
});
