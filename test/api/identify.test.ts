import { describe, expect, it, vi } from 'vitest';
import type { Identification as Either } from '../../client/types.ts';
import { tokens } from '../../worker/api/schema/fields.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { dequantize, quantize } from '../../worker/face/embedding/template.ts';
import { call, file, problemOf } from '../support/api.ts';
import { enrol, env, type Identification, identified, identify } from '../support/identify.ts';
import { ACME, OTHER, tenantsSecret } from '../support/login.ts';
import { embeddingOf, peopleServices as models } from '../support/people.ts';

const json = { 'content-type': 'application/json' };

const templates = (await Promise.all(['anna', 'bob', 'carl'].map((who) => enrol(who)))).join('\n');
const probe = file('anna-2');

describe('POST /v1/identify with templates', () => {
  it('names who it is, with the distance that a verification would give, rounded as there', async () => {
    const { faces, ...rest } = await identified({ probe, templates });
    expect(rest).toMatchObject({ templates: 3, subjects: 3, outdated: 0, fpir: 0.01 });
    const distance = squaredDistance(
      dequantize(quantize(embeddingOf('anna'))),
      embeddingOf('anna-2'),
    );
    expect(faces).toHaveLength(1);
    expect(faces[0]).toMatchObject({
      subject: 'anna',
      candidates: [{ subject: 'anna', match: true, pictures: 1 }],
    });
    // More digits would tell whoever bends a picture step by step whether a step was one nearer.
    expect(faces[0]?.candidates[0]?.distance).toBe(Math.floor(distance * 1000) / 1000);
  });

  it('rounds a distance to the side of the decision, or up where nothing is decided', async () => {
    const distanceTo = (name: string) =>
      squaredDistance(dequantize(quantize(embeddingOf(name))), embeddingOf('anna-2'));
    const { faces } = await identified({ probe, templates, top: '3' });
    const [anna, ...others] = faces[0]?.candidates ?? [];
    expect(anna?.distance).toBeLessThan(distanceTo('anna'));
    for (const { subject, distance, match } of others) {
      expect(match).toBe(false);
      expect(distance).toBe(Math.ceil(distanceTo(subject) * 1000) / 1000);
    }
    const dark = { probe: file('anna-2.dark'), templates, quality: 'report' };
    const [undecided] = (await (await identify(dark)).json<Either>()).faces;
    expect(undecided?.candidates[0]?.distance).toBe(Math.ceil(distanceTo('anna') * 1000) / 1000);
  });

  it('names nobody who is not there, and still ranks who is nearest', async () => {
    const { faces } = await identified({ probe: file('dora'), templates, top: '2' });
    expect(faces[0]?.subject).toBeNull();
    expect(faces[0]?.candidates).toHaveLength(2);
    expect(faces[0]?.candidates.every(({ match }) => !match)).toBe(true);
    const [first, second] = faces[0]?.candidates ?? [];
    expect(first?.distance).toBeLessThan(second?.distance as number);
  });

  it('counts of several templates of a subject the nearest, and the subject once', async () => {
    const more = [templates, await enrol('anna', 'anna-2'), await enrol('anna', 'dora')].join(' ');
    const { faces, ...rest } = await identified({ probe, templates: more, top: '10' });
    expect(rest).toMatchObject({ templates: 5, subjects: 3 });
    const { candidates } = faces[0] as Identification['faces'][number];
    expect(candidates.map(({ subject }) => subject).sort()).toEqual(['anna', 'bob', 'carl']);
    expect(candidates[0]?.distance).toBeLessThan(0.001);
  });

  it('is held to a nearer threshold the more there are, and says by what', async () => {
    const one = await identified({ probe, templates: await enrol('anna'), fpir: '0.1' });
    const three = await identified({ probe, templates, fpir: '0.1' });
    const threshold = (answer: Identification) => answer.faces[0]?.candidates[0]?.threshold ?? 0;
    expect(threshold(three)).toBeLessThan(threshold(one));
    expect(three.basis).toBe('interpolated');
    const nine = Array(9)
      .fill(await enrol('anna'))
      .join(' ');
    expect((await identified({ probe, templates: `${nine} ${await enrol('bob')}` })).basis).toBe(
      'measured',
    );
    const many = `${nine} ${nine}`;
    expect((await identified({ probe, templates: many })).basis).toBe('extrapolated');
    const strict = await identified({ probe, templates, fpir: '1e-2' });
    expect(threshold(strict)).toBeLessThan(threshold(three));
  });

  it('answers for every face with `faces=all`', async () => {
    const group = file('carl-3 dora anna-4');
    const { faces } = await identified({ probe: group, templates, faces: 'all' });
    expect(faces.map(({ subject }) => subject)).toEqual(['carl', null, 'anna']);
    expect((await identified({ probe: group, templates })).faces).toHaveLength(1);
  });

  it('takes JSON, however long the templates are', async () => {
    const body = JSON.stringify({ probe: btoa('bob-2'), templates, top: 1 });
    const init = { method: 'POST', body, headers: { ...ACME, ...json } };
    const response = await call('/v1/identify', init, { models, env });
    expect(response.status).toBe(200);
    expect((await response.json<Identification>()).faces[0]?.subject).toBe('bob');
  });

  it('does not make a string of each of a million words, to count them', () => {
    const split = vi.spyOn(String.prototype, 'split');
    expect(tokens.safeParse('a '.repeat(1_000_000)).success).toBe(false);
    const words = split.mock.results.map(({ value }) => value.length);
    expect(Math.max(...words)).toBeLessThan(1100);
    split.mockRestore();
  });

  it('takes a thousand templates, and not one more', async () => {
    const thousand = Array(1000)
      .fill(await enrol('anna'))
      .join('\n');
    expect((await identified({ probe, templates: thousand })).templates).toBe(1000);
    const response = await identify({ probe, templates: `${thousand}\n${await enrol('bob')}` });
    expect(await problemOf(response)).toMatchObject({
      code: 'invalid_request',
      field: 'templates',
    });
  });

  it.each([
    ['no template at all', { templates: ' ' }, 'invalid_request', 'templates'],
    ['neither', {}, 'invalid_request', 'gallery'],
    ['both', { templates, gallery: 'g' }, 'invalid_request', 'gallery'],
    ['what is no template', { templates: 'x' }, 'template_invalid', 'templates[0]'],
    ['a rate that is not there', { templates, fpir: '0.02' }, 'invalid_request', 'fpir'],
    ['too many ranks', { templates, top: '11' }, 'invalid_request', 'top'],
    ['a policy that is none', { templates, faces: 'some' }, 'invalid_request', 'faces'],
  ])('refuses %s', async (_, fields, code, field) => {
    expect(await problemOf(await identify({ probe, ...fields }))).toMatchObject({ code, field });
  });

  it('says in words what is missing or too much', async () => {
    for (const fields of [{}, { templates, gallery: 'g' }]) {
      const { detail } = await problemOf(await identify({ probe, ...fields }));
      expect(detail).toContain('`gallery` or `templates` is sent, and not both');
    }
  });

  describe('as JSON', () => {
    const asked = (templates: unknown) => {
      const init = { method: 'POST', headers: { ...ACME, ...json } };
      const body = JSON.stringify({ probe: btoa('anna-2'), templates }, null, 2);
      return call('/v1/identify', { ...init, body }, { models, env });
    };

    it('takes templates as an array too, a thousand of them', async () => {
      const one = await asked(templates);
      const many = await asked(templates.split('\n'));
      expect(await many.json()).toEqual(await one.json());
      const thousand = await asked(Array(1000).fill(await enrol('anna')));
      expect(await thousand.json()).toMatchObject({ templates: 1000 });
    });

    it.each([
      ['an array without any', [], 'templates'],
      ['two templates in one string of an array', [templates], 'templates[0]'],
      ['an empty string in an array', ['', 'x'], 'templates[0]'],
      ['numbers', ['x', 7], 'templates[1]'],
      ['what is too long for one', ['x'.repeat(5000)], 'templates[0]'],
      ['too many', Array(1001).fill('x'), 'templates'],
      ['an object', {}, 'templates'],
    ])('refuses %s', async (_, given, field) => {
      const problem = await problemOf(await asked(given));
      expect(problem).toMatchObject({ code: 'invalid_request', field });
      expect(problem.detail).toMatch(/in JSON an array of strings|is no template/);
    });
  });

  it('refuses templates of other tenants, and keys without the scope', async () => {
    const foreign = `${await enrol('bob')} ${await enrol('anna', 'anna', OTHER)}`;
    const problem = await problemOf(await identify({ probe, templates: foreign }));
    expect(problem).toMatchObject({ code: 'template_invalid', field: 'templates[1]' });
    const API_KEYS = await tenantsSecret({ scopes: ['verify', 'enrol', 'login', 'galleries'] });
    const response = await identify({ probe, templates }, ACME, { ...env, API_KEYS });
    expect((await problemOf(response)).code).toBe('forbidden');
  });
});

describe('a face below the quality floor', () => {
  const dark = file('anna-2.dark');

  it('is refused where it is the one that is meant', async () => {
    for (const faces of ['dominant', 'one', 'largest']) {
      const response = await identify({ probe: dark, templates, faces });
      expect(response.status).toBe(422);
      const expected = { code: 'low_quality', field: 'probe', reasons: ['too_dark'] };
      expect(await problemOf(response)).toMatchObject(expected);
    }
  });

  it('has reasons and no name among others', async () => {
    const probe = file('bob-2 anna-2.dark');
    const response = await identify({ probe, templates, faces: 'all', top: '3' });
    const [bob, anna] = (await response.json<Either>()).faces;
    expect(bob?.subject).toBe('bob');
    expect(anna).toMatchObject({ reasons: ['too_dark'], candidates: [] });
    expect(anna).not.toHaveProperty('subject');
  });

  it('has distances and no decision with `quality=report`', async () => {
    for (const faces of ['dominant', 'all']) {
      const response = await identify({ probe: dark, templates, faces, quality: 'report' });
      const [face] = (await response.json<Either>()).faces;
      expect(face).not.toHaveProperty('subject');
      expect(face?.reasons).toEqual(['too_dark']);
      const distance = expect.any(Number);
      expect(face?.candidates).toEqual([{ subject: 'anna', distance, pictures: 1 }]);
    }
  });

  it('is one with a reason of its own: sunglasses are none beside a template', async () => {
    const { faces } = await identified({ probe: file('anna-2.glasses'), templates });
    expect(faces[0]?.subject).toBe('anna');
  });

  it('is a field of its own that is read', async () => {
    const problem = await problemOf(await identify({ probe, templates, quality: 'strict' }));
    expect(problem).toMatchObject({ code: 'invalid_request', field: 'quality' });
  });
});
