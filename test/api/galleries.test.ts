import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GalleryPage, GallerySubjects } from '../../worker/api/galleries.docs.ts';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import { call, file, formOf, problemOf } from '../support/api.ts';
import * as galleries from '../support/galleries.ts';
import { codeOf, env, retrained } from '../support/galleries.ts';
import { ACME, OTHER, tenantsSecret } from '../support/login.ts';
import { peopleServices as models } from '../support/people.ts';

/** A gallery that no other test uses. */
let gallery = '';
beforeEach(() => {
  gallery = crypto.randomUUID();
});

// The first object loads the Worker with its networks, which can take a busy machine a minute.
beforeAll(async () => {
  await ask('GET', '', { in: 'first' });
}, 300_000);

type Where = Partial<galleries.Asked>;

const ask = (method: string, path = '', where: Where = {}) =>
  galleries.ask(method, path, { in: gallery, ...where });

const put = (subject: string, picture = subject, fields = {}, where: Where = {}) =>
  galleries.put(subject, picture, fields, { in: gallery, ...where });

const search = (picture: string, where: Where = {}) =>
  galleries.search(picture, { in: gallery, ...where });

const named = (picture: string, where: Where = {}) =>
  galleries.named(picture, { in: gallery, ...where });

describe('a gallery', () => {
  it('is there with its first subject, finds it, and is gone with its last', async () => {
    expect(await codeOf(await ask('GET'))).toBe('not_found');
    expect((await put('anna')).status).toBe(200);
    expect((await put('bob')).status).toBe(200);
    expect(await (await ask('GET')).json()).toMatchObject({
      gallery,
      subjects: 2,
      templates: 2,
      outdated: 0,
    });
    expect(await named('anna-2')).toBe('anna');
    expect(await named('bob-5')).toBe('bob');
    expect(await named('carl')).toBeNull();
    expect((await ask('DELETE', '/subjects/anna')).status).toBe(204);
    expect(await named('anna-2')).toBeNull();
    expect(await codeOf(await ask('DELETE', '/subjects/anna'))).toBe('not_found');
    expect((await ask('DELETE', '/subjects/bob')).status).toBe(204);
    expect(await codeOf(await ask('GET'))).toBe('not_found');
  });

  it('has for a subject what was put last, by pictures or by templates', async () => {
    await put('anna', 'bob');
    await put('anna', 'anna');
    expect((await search('anna-2')).templates).toBe(1);
    expect(await named('bob-2')).toBeNull();
    const made = await Promise.all(
      ['carl', 'carl-2'].map(async (picture) => {
        const body = formOf({ subject: 'anna', image: file(picture) });
        const init = { method: 'POST', body, headers: ACME };
        const response = await call('/v1/templates', init, { models, env });
        return (await response.json<Enrolment>()).template;
      }),
    );
    const body = formOf({ templates: made.join(' ') });
    expect((await ask('PUT', '/subjects/anna', { body })).status).toBe(200);
    expect(await named('carl-7')).toBe('anna');
    expect((await search('anna')).templates).toBe(2);
    const asArray = { body: JSON.stringify({ templates: made }) };
    expect((await ask('PUT', '/subjects/anna', asArray)).status).toBe(200);
    const subject = await (await ask('GET', '/subjects/anna')).json();
    expect(subject).toMatchObject({ subject: 'anna', outdated: false });
    // Templates are for their own subject.
    expect(await codeOf(await ask('PUT', '/subjects/bob', { body }))).toBe('template_invalid');
  });

  it('lists its subjects by pages', async () => {
    for (const subject of ['dora', 'anna', 'carl', 'bob', 'Zoe']) await put(subject);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const response = await ask('GET', `/subjects?limit=2&cursor=${cursor}`);
      const page: GallerySubjects = await response.json();
      seen.push(...page.subjects.map(({ subject }) => subject));
      cursor = page.cursor;
    }
    expect(seen).toEqual(['Zoe', 'anna', 'bob', 'carl', 'dora']);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'page=2', 'limit=1&limit=2']) {
      expect(await codeOf(await ask('GET', `/subjects?${query}`)), query).toBe('invalid_request');
    }
  });

  it('is not deleted by a URL that may mean one subject', async () => {
    await put('anna');
    await put('bob');
    for (const [method, path] of [
      ['DELETE', '?subject=anna'],
      ['DELETE', '/subjects/anna?template=1'],
      ['GET', '?model=inception-small-2'],
      ['GET', '/export?cursor=a&cursor=b'],
    ] as const) {
      expect(await codeOf(await ask(method, path)), path).toBe('invalid_request');
    }
    expect((await search('anna')).subjects).toBe(2);
  });

  it('is deleted whole', async () => {
    await put('anna');
    expect((await ask('DELETE')).status).toBe(204);
    expect(await codeOf(await ask('GET'))).toBe('not_found');
    expect(await codeOf(await ask('DELETE'))).toBe('not_found');
    await put('bob');
    expect((await search('anna')).subjects).toBe(1);
  });

  it('goes out sealed and comes in elsewhere, for its tenant alone', async () => {
    await put('anna');
    await put('bob');
    const { page, subjects, cursor } = await (await ask('GET', '/export')).json<GalleryPage>();
    expect([subjects, cursor]).toEqual([2, null]);
    expect(page).not.toContain('anna');
    const body = JSON.stringify({ page });
    const elsewhere = crypto.randomUUID();
    expect(await (await ask('POST', '/import', { body, in: elsewhere })).json()).toEqual({
      subjects: 2,
    });
    expect(await named('anna-3', { in: elsewhere })).toBe('anna');
    const foreign = await ask('POST', '/import', { body, in: elsewhere, key: OTHER });
    expect(await codeOf(foreign)).toBe('export_invalid');
    const changed = JSON.stringify({ page: `${page.slice(0, -2)}xx` });
    expect(await codeOf(await ask('POST', '/import', { body: changed }))).toBe('export_invalid');
  });

  it('is of one tenant: another of the same name knows nothing of it', async () => {
    await put('anna');
    expect(await codeOf(await ask('GET', '', { key: OTHER }))).toBe('not_found');
    expect(await codeOf(await ask('GET', '/subjects/anna', { key: OTHER }))).toBe('not_found');
    expect(await codeOf(await ask('DELETE', '', { key: OTHER }))).toBe('not_found');
    await put('bob', 'bob', {}, { key: OTHER });
    expect((await search('anna', { key: OTHER })).subjects).toBe(1);
    expect(await named('anna')).toBe('anna');
  });

  it('says who has to be enrolled anew after a change of networks, and compares nobody else', async () => {
    await put('anna');
    expect(await (await ask('GET', '', { of: retrained })).json()).toMatchObject({
      subjects: 1,
      templates: 0,
      outdated: 1,
    });
    const found = await search('anna', { of: retrained });
    expect(found).toMatchObject({ templates: 0, outdated: 1, faces: [{ subject: null }] });
    await put('anna', 'anna', {}, { of: retrained });
    expect(await named('anna-2', { of: retrained })).toBe('anna');
    expect((await search('anna')).outdated).toBe(1);
  });

  it('is not searched where it is not there: a wrong name is no "unknown"', async () => {
    const body = formOf({ probe: file('anna'), gallery });
    const init = { method: 'POST', body, headers: ACME };
    expect(await codeOf(await call('/v1/identify', init, { models, env }))).toBe('not_found');
  });

  it.each(['galleries', 'identify'] as const)(
    'needs the scope: only %s is not enough',
    async (has) => {
      const API_KEYS = await tenantsSecret({ scopes: [has] });
      const more = { ...env, API_KEYS };
      const managing = await ask('GET', '', { more });
      expect(await codeOf(managing)).toBe(has === 'galleries' ? 'not_found' : 'forbidden');
      const body = formOf({ probe: file('anna'), gallery });
      const init = { method: 'POST', body, headers: ACME };
      const searching = await call('/v1/identify', init, { models, env: more });
      expect(await codeOf(searching)).toBe(has === 'identify' ? 'not_found' : 'forbidden');
    },
  );

  it('is unavailable for a moment where the platform moves its object or has too much to do', async () => {
    for (const [told, code] of [
      [{ retryable: true }, 'unavailable'],
      [{ retryable: true, overloaded: true }, 'overloaded'],
      [{}, 'internal'],
    ] as const) {
      const lost = () => Promise.reject(Object.assign(new Error('The object has moved.'), told));
      const GALLERY = { idFromName: () => 'id', get: () => ({ get: lost }) };
      const more = { ...env, GALLERY } as unknown as typeof env;
      const response = await ask('GET', '/subjects/anna', { more });
      expect(response.headers.get('retry-after')).toBe(code === 'internal' ? null : '2');
      expect(await codeOf(response)).toBe(code);
    }
  });

  it('has a name that is one', async () => {
    for (const name of ['a b', 'x'.repeat(65), '%2e%2e', 'ä']) {
      expect(await codeOf(await ask('GET', '', { in: name })), name).toMatch(
        /invalid_request|not_found/,
      );
    }
    expect(await codeOf(await put('a%20b'))).toBe('invalid_request');
    const neither = await ask('PUT', '/subjects/anna', { body: formOf({ unique: 'true' }) });
    expect((await problemOf(neither)).detail).toContain('`image` or `templates` is sent');
  });
});

describe('the rates', () => {
  const counts = (name: string, counted: string[]): RateLimit => ({
    async limit() {
      counted.push(name);
      return { success: true };
    },
  });

  it('count enrolments by pictures as such, and those by templates not', async () => {
    const counted: string[] = [];
    const more = {
      ...env,
      RATE_GALLERY: counts('RATE_GALLERY', counted),
      RATE_ENROL: counts('RATE_ENROL', counted),
    };
    expect((await put('anna', 'anna', {}, { more })).status).toBe(200);
    expect(counted.splice(0)).toEqual(['RATE_GALLERY', 'RATE_ENROL']);
    const init = { method: 'POST', body: formOf({ subject: 'anna', image: file('anna') }) };
    const made = await call('/v1/templates', { ...init, headers: ACME }, { models, env });
    const { template } = await made.json<Enrolment>();
    const body = formOf({ templates: template });
    expect((await ask('PUT', '/subjects/anna', { body, more })).status).toBe(200);
    expect(counted).toEqual(['RATE_GALLERY']);
  });

  it('are over before any face is looked at', async () => {
    const more = { ...env, RATE_ENROL: { limit: async () => ({ success: false }) } };
    const unasked: typeof models = {
      ...models,
      load: async (name) => ({
        ...(await models.load(name)),
        enrol: () => Promise.reject(new Error('looked at')),
      }),
    };
    expect(await codeOf(await put('anna', 'anna', {}, { more, of: unasked }))).toBe('rate_limited');
  });
});
