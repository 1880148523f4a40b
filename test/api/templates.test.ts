import { describe, expect, it } from 'vitest';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import { Refusal } from '../../worker/errors.ts';
import { CROP_GEOMETRY, geometryId } from '../../worker/face/embedding/model-id.ts';
import type { VerifyTemplateInput } from '../../worker/face/verify.ts';
import { MAX_TEMPLATE_PICTURES } from '../../worker/limits.ts';
import { keyRing } from '../../worker/login/sealed-token.ts';
import { openTemplate } from '../../worker/login/template-token.ts';
import { call, fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import { ACME, deployment, tenantsSecret } from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
const DAY_MS = 86_400_000;
/** The id that templates had before ids named the crop's geometry. */
const UNNAMED = `fake-${'0'.repeat(16)}-${'01'.repeat(4)}${'02'.repeat(4)}`;
const MODEL = `${UNNAMED}-${geometryId(CROP_GEOMETRY)}`;

const postTemplates = (body: BodyInit, headers: Record<string, string> = {}, more = {}) =>
  call(
    '/v1/templates',
    { method: 'POST', body, headers: { ...ACME, ...headers } },
    { env, ...more },
  );

const imagesForm = (count: number, fields: Record<string, string> = {}) => {
  const form = formOf({ subject: 'anna', ...fields });
  for (let i = 0; i < count; i++) form.append('image', file(`picture ${i}`));
  return form;
};

const refusal = async (response: Response) => {
  const { status, code, field } = await problemOf(response);
  expect(response.status).toBe(status);
  return [code, field];
};

describe('POST /v1/templates', () => {
  it('makes a template that is good for a year', async () => {
    const before = Date.now();
    const response = await postTemplates(imagesForm(2));
    expect(response.status).toBe(201);
    const { template, issuedAt, expiresAt, ...rest } = await response.json<Enrolment>();
    expect(rest).toMatchObject({ subject: 'anna', model: MODEL, pictures: 2 });
    expect(rest.images).toHaveLength(2);
    expect(template).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Math.abs(Date.parse(issuedAt) - before)).toBeLessThan(5_000);
    expect(Date.parse(expiresAt) - Date.parse(issuedAt)).toBe(365 * DAY_MS);
  });

  it('rounds the largest distance to the side on which it passed', async () => {
    const models = fakeModels({
      load: async () =>
        fakeModel({
          enrol: async (images) => ({
            ...(await fakeModel().enrol(images)),
            largestDistance: 0.41279,
          }),
        }),
    });
    const answer = await (await postTemplates(imagesForm(2), {}, { models })).json<Enrolment>();
    expect(answer.largestDistance).toBe(0.412);
  });

  it('seals what it is bound to, and the embedding as 128 bytes', async () => {
    const { template } = await (await postTemplates(imagesForm(1))).json<Enrolment>();
    const bounds = { tenant: 'acme', subject: 'anna', model: MODEL };
    const use = { ...bounds, modelOf: (id: string) => id, now: 0, field: 'x' };
    const opened = await openTemplate(template, use, keys);
    const { embedding } = await fakeModel().enrol([]);
    expect(opened).toMatchObject({ ...bounds, pictures: 1, embedding });
    expect(opened.embedding).toHaveLength(128);
  });

  it('seals what a fast network made of the pictures beside it, where one looked', async () => {
    const fast = { model: 'quick-1', embedding: new Int8Array(128).with(5, -127) };
    const models = fakeModels({
      load: async () =>
        fakeModel({
          enrol: async (images) => ({ ...(await fakeModel().enrol(images)), fast }),
        }),
    });
    const sealed = await (await postTemplates(imagesForm(2), {}, { models })).json<Enrolment>();
    const seen: VerifyTemplateInput[] = [];
    const reading = fakeModels({
      load: async () =>
        fakeModel({
          templateRates: (template) => ({
            rates: [{ far: 0.01, threshold: template.fast ? 1.2 : 0.2, val: 0.9 }],
            largestImpostorDistance: 3,
          }),
          verifyTemplate(input) {
            seen.push(input);
            return fakeModel().verifyTemplate(input);
          },
        }),
    });
    const form = { reference: sealed.template, subject: 'anna', probe: file('b'), far: '0.01' };
    const answer = await call(
      '/v1/verify',
      { method: 'POST', headers: ACME, body: formOf(form) },
      { env, models: reading },
    );
    expect(answer.status).toBe(200);
    expect(seen[0]).toMatchObject({ template: { fast, pictures: 2 }, rate: { threshold: 1.2 } });
  });

  it('hands all pictures to the network, in their order, from a form and from JSON', async () => {
    const seen: string[][] = [];
    const models = fakeModels({
      load: async () =>
        fakeModel({
          async enrol(images) {
            seen.push(images.map((image) => new TextDecoder().decode(image)));
            return fakeModel().enrol(images);
          },
        }),
    });
    expect((await postTemplates(imagesForm(5), {}, { models })).status).toBe(201);
    const long = 'x'.repeat(5000);
    const json = { 'content-type': 'application/json' };
    for (const image of [[btoa('a'), btoa(long), btoa('c')], btoa('alone')]) {
      const body = JSON.stringify({ subject: 'anna', image, days: 1 });
      expect((await postTemplates(body, json, { models })).status).toBe(201);
    }
    expect(seen).toEqual([[0, 1, 2, 3, 4].map((i) => `picture ${i}`), ['a', long, 'c'], ['alone']]);
  });

  it('lets its life be chosen, up to a year and a day', async () => {
    for (const days of ['1', '366', '30']) {
      const answer = await (await postTemplates(imagesForm(1, { days }))).json<Enrolment>();
      const life = Date.parse(answer.expiresAt) - Date.parse(answer.issuedAt);
      expect(life).toBe(Number(days) * DAY_MS);
    }
    for (const days of ['0', '367', '-1', '1.5', '1e2', '', 'all']) {
      const response = await postTemplates(imagesForm(1, { days }));
      expect(await refusal(response), days).toEqual(['invalid_request', 'days']);
    }
  });

  it.each([
    ['no picture', imagesForm(0), 'image'],
    ['too many pictures', imagesForm(MAX_TEMPLATE_PICTURES + 1), 'image'],
    ['no end of pictures', imagesForm(100), undefined],
    ['a picture as text', formOf({ subject: 'anna', image: 'photo.jpg' }), 'image'],
    ['no subject', formOf({ image: file('a') }), 'subject'],
    ['a subject with a blank', formOf({ image: file('a'), subject: 'anna b' }), 'subject'],
    ['an endless subject', formOf({ image: file('a'), subject: 'a'.repeat(129) }), 'subject'],
    ['two subjects', imagesForm(1, {}), 'subject'],
  ])('refuses %s', async (what, form, field) => {
    if (what === 'two subjects') form.append('subject', 'bob');
    expect(await refusal(await postTemplates(form))).toEqual(['invalid_request', field]);
  });

  it('names the picture that is empty or too large', async () => {
    const form = imagesForm(1);
    form.append('image', file(''));
    expect(await refusal(await postTemplates(form))).toEqual(['invalid_request', 'image[1]']);
    const large = imagesForm(1);
    large.append('image', file(new Uint8Array(10 * 1024 * 1024 + 1)));
    expect(await refusal(await postTemplates(large))).toEqual(['payload_too_large', 'image[1]']);
  });

  it('passes on what is wrong with a picture', async () => {
    const failure = {
      code: 'low_quality',
      detail: 'why',
      reasons: ['blurred'],
      field: 'image[1]',
    } as const;
    const models = fakeModels({
      load: async () => fakeModel({ enrol: () => Promise.reject(new Refusal(failure)) }),
    });
    const response = await postTemplates(imagesForm(2), {}, { models });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject(failure);
  });

  it('needs the scope, and the key that seals', async () => {
    const API_KEYS = await tenantsSecret({ scopes: ['verify', 'login', 'identify'] });
    const narrow = await postTemplates(imagesForm(1), {}, { env: { ...env, API_KEYS } });
    expect(await refusal(narrow)).toEqual(['forbidden', undefined]);
    const { TEMPLATE_KEYS: _, ...keyless } = env;
    const closed = await postTemplates(imagesForm(1), {}, { env: keyless });
    expect(await refusal(closed)).toEqual(['not_configured', undefined]);
  });

  it('lets no picture outlive its request', async () => {
    const kept: Uint8Array[] = [];
    const models = fakeModels({
      load: async () =>
        fakeModel({
          enrol(images) {
            kept.push(...images);
            return fakeModel().enrol(images);
          },
        }),
    });
    await postTemplates(imagesForm(3), {}, { models });
    expect(kept.map((picture) => picture.length)).toEqual([0, 0, 0]);
  });
});
