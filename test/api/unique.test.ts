/** Enrolment of nobody twice: `unique`, into a gallery and beside one. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EnrolledSubject } from '../../worker/api/galleries.docs.ts';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import { call, file, formOf, problemOf } from '../support/api.ts';
import * as galleries from '../support/galleries.ts';
import { codeOf, env, retrained } from '../support/galleries.ts';
import { ACME, tenantsSecret } from '../support/login.ts';
import { peopleServices as models } from '../support/people.ts';

/** A gallery that no other test uses. */
let gallery = '';
beforeEach(() => {
  gallery = crypto.randomUUID();
});

// The first object loads the Worker with its networks, which can take a busy machine a minute.
beforeAll(async () => {
  await galleries.ask('GET', '', { in: 'first' });
}, 300_000);

const put = (
  subject: string,
  picture = subject,
  fields = {},
  where: Partial<galleries.Asked> = {},
) => galleries.put(subject, picture, fields, { in: gallery, ...where });

const search = (picture: string) => galleries.search(picture, { in: gallery });

describe('no one twice', () => {
  const enrol = (subject: string, picture: string, fields = {}, more = env) =>
    call(
      '/v1/templates',
      {
        method: 'POST',
        body: formOf({ subject, image: file(picture), unique: gallery, ...fields }),
        headers: ACME,
      },
      { models, env: more },
    );

  it('refuses a person who is there under another subject', async () => {
    expect((await put('anna', 'anna', { unique: 'true' })).status).toBe(200);
    const twice = await problemOf(await put('anna-again', 'anna-2', { unique: 'true' }));
    expect(twice).toMatchObject({ code: 'already_enrolled', subject: 'anna' });
    expect((await put('bob', 'bob', { unique: 'true' })).status).toBe(200);
    // Once more as herself, and where nobody asks.
    expect((await put('anna', 'anna-3', { unique: 'true' })).status).toBe(200);
    expect((await put('anna-again', 'anna-2')).status).toBe(200);
  });

  it('refuses a template for such a person, and adds nobody', async () => {
    await put('anna');
    expect(await codeOf(await enrol('anna-again', 'anna-2'))).toBe('already_enrolled');
    expect((await enrol('bob', 'bob')).status).toBe(201);
    expect((await enrol('anna', 'anna-2')).status).toBe(201);
    expect((await search('bob')).subjects).toBe(1);
    expect(await codeOf(await enrol('bob', 'bob', { fpir: '0.02' }))).toBe('invalid_request');
  });

  it('refuses a rate that is none, also where nobody is searched for', async () => {
    const body = formOf({ subject: 'bob', image: file('bob'), fpir: '0.02' });
    const template = await call(
      '/v1/templates',
      { method: 'POST', body, headers: ACME },
      { models, env },
    );
    for (const response of [template, await put('bob', 'bob', { fpir: '0.02' })]) {
      expect(await problemOf(response)).toMatchObject({ code: 'invalid_request', field: 'fpir' });
    }
  });

  it('refuses a template for a gallery that is not there, whose name may be misspelt', async () => {
    const problem = await problemOf(await enrol('anna', 'anna'));
    expect(problem).toMatchObject({ code: 'not_found', field: 'unique' });
    await put('bob');
    expect((await enrol('anna', 'anna')).status).toBe(201);
  });

  it('says who was compared, and who could not be after a change of networks', async () => {
    const first = await put('anna', 'anna', { unique: 'true' });
    const none = { templates: 0, subjects: 0, outdated: 0 };
    expect(await first.json()).toMatchObject({ subject: 'anna', outdated: false, unique: none });
    const of = retrained;
    const missed = { templates: 0, subjects: 1, outdated: 1 };
    const body = formOf({ subject: 'anna-again', image: file('anna-2'), unique: gallery });
    const init = { method: 'POST', body, headers: ACME };
    const made = await call('/v1/templates', init, { models: of, env });
    expect((await made.json<Enrolment>()).unique).toEqual(missed);
    const again = await put('anna-again', 'anna-2', { unique: 'true' }, { of });
    expect((await again.json<EnrolledSubject>()).unique).toEqual(missed);
    expect(await (await put('bob', 'bob', {}, { of })).json()).not.toHaveProperty('unique');
    const next = await put('carl', 'carl', { unique: 'true' }, { of });
    const unique = { templates: 2, subjects: 3, outdated: 1 };
    expect((await next.json<EnrolledSubject>()).unique).toEqual(unique);
  });

  it('names nobody to keys that may not ask who it is', async () => {
    await put('anna');
    const API_KEYS = await tenantsSecret({ scopes: ['enrol', 'galleries'] });
    const more = { ...env, API_KEYS };
    const problem = await problemOf(await enrol('anna-again', 'anna-2', {}, more));
    expect(problem.code).toBe('already_enrolled');
    expect(problem.subject).toBeUndefined();
    const twice = await put('anna-again', 'anna-2', { unique: 'true' }, { more });
    expect(await problemOf(twice)).not.toHaveProperty('subject');
  });

  it('lets one of two at the same moment in', async () => {
    const both = await Promise.all(
      ['anna-a', 'anna-b'].map((subject) => put(subject, subject, { unique: 'true' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});
