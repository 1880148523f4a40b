import { describe, expect, it } from 'vitest';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import type { TemplateVerification } from '../../worker/api/verify.docs.ts';
import { Refusal } from '../../worker/errors.ts';
import { CROP_GEOMETRY, geometryId } from '../../worker/face/model-id.ts';
import type { VerifyTemplateInput } from '../../worker/face/verify.ts';
import type { Env, Models } from '../../worker/http/context.ts';
import { MAX_TEMPLATE_PICTURES } from '../../worker/limits.ts';
import { openTemplate, sealTemplate } from '../../worker/login/template-token.ts';
import { keyRing, seal } from '../../worker/login/token.ts';
import { call, fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import {
  ACME,
  begin,
  deployment,
  enrol,
  newSubject,
  OTHER,
  tenantsSecret,
} from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
const DAY_MS = 86_400_000;
/** The id that templates had before ids named the crop's geometry. */
const UNNAMED = `fake-${'0'.repeat(16)}-${'01'.repeat(4)}${'02'.repeat(4)}`;
const MODEL = `${UNNAMED}-${geometryId(CROP_GEOMETRY)}`;

/** Models one of whose networks has other weights. */
const other = (changed: string): Models => ({
  ...fakeModels(),
  card: (name) => ({ ...fakeModels().card(name), [changed]: '11'.repeat(32) }),
});

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

  it('seals what it is bound to, and the embedding as 128 bytes', async () => {
    const { template } = await (await postTemplates(imagesForm(1))).json<Enrolment>();
    const bounds = { tenant: 'acme', subject: 'anna', model: MODEL };
    const use = { ...bounds, modelOf: (id: string) => id, now: 0, field: 'x' };
    const opened = await openTemplate(template, use, keys);
    const { embedding } = await fakeModel().enrol([]);
    expect(opened).toMatchObject({ ...bounds, pictures: 1, embedding });
    expect(opened.embedding).toHaveLength(128);
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

describe('POST /v1/verify with a template', () => {
  /** `changed` deployment or models may differ from those that the template is from. */
  async function verify(
    reference: string,
    fields: Record<string, string | Blob>,
    changed: { env?: Env; models?: Models; key?: Record<string, string> } = {},
  ): Promise<Response> {
    const body = formOf({ reference, probe: file('b'), ...fields });
    const headers = changed.key ?? ACME;
    const options = { env, models: fakeModels(), ...changed };
    return call('/v1/verify', { method: 'POST', body, headers }, options);
  }

  const subject = newSubject();

  it('compares with it, by the scale for templates, and says what it is', async () => {
    const seen: VerifyTemplateInput[] = [];
    const models = fakeModels({
      load: async () =>
        fakeModel({
          verifyTemplate(input) {
            seen.push({ ...input, probe: input.probe.slice() });
            return fakeModel().verifyTemplate(input);
          },
        }),
    });
    const { template, issuedAt, expiresAt } = await enrol(subject, { env });
    const response = await verify(template, { subject, far: '1e-4' }, { models });
    expect(response.status).toBe(200);
    const answer = await response.json<TemplateVerification>();
    expect(answer.reference).toEqual({ pictures: 1, issuedAt, expiresAt, enrolAgain: false });
    expect(answer).toMatchObject({ same: true, far: 0.0001, threshold: 0.75 });
    const { embedding } = await fakeModel().enrol([]);
    expect(seen).toMatchObject([
      {
        template: { embedding, pictures: 1 },
        probe: new TextEncoder().encode('b'),
        rate: { far: 0.0001, threshold: 0.75 },
        faces: 'dominant',
      },
    ]);
  });

  it('does so from JSON too', async () => {
    const { template } = await enrol(subject, { env });
    const body = JSON.stringify({ reference: template, probe: btoa('b'), subject, far: 0.001 });
    const headers = { ...ACME, 'content-type': 'application/json' };
    const response = await call('/v1/verify', { method: 'POST', body, headers }, { env });
    expect(await response.json()).toMatchObject({ reference: { pictures: 1 }, threshold: 0.9 });
  });

  it('wants the subject with a template, and only then', async () => {
    const { template } = await enrol(subject, { env });
    expect(await refusal(await verify(template, {}))).toEqual(['invalid_request', 'subject']);
    const body = formOf({ reference: file('a'), probe: file('b'), subject });
    const response = await call('/v1/verify', { method: 'POST', body, headers: ACME }, { env });
    expect(await refusal(response)).toEqual(['invalid_request', 'subject']);
  });

  it('is not for another tenant', async () => {
    const { template } = await enrol(subject, { env });
    const response = await verify(template, { subject }, { key: OTHER });
    expect(await refusal(response)).toEqual(['template_invalid', 'reference']);
  });

  it('is not for another subject', async () => {
    const { template } = await enrol(subject, { env });
    const response = await verify(template, { subject: newSubject() });
    expect(await refusal(response)).toEqual(['template_invalid', 'reference']);
  });

  it.each([
    ['another network, even of the same name', 'sha256'],
    ['faces that are found otherwise', 'detectorSha256'],
    ['faces that are cut out otherwise', 'landmarkerSha256'],
  ])('is not for %s', async (_, changed) => {
    const { template } = await enrol(subject, { env });
    const response = await verify(template, { subject }, { models: other(changed) });
    expect(await refusal(response)).toEqual(['template_model_mismatch', 'reference']);
  });

  it('is good though sealed before ids named the geometry of the crop', async () => {
    const { embedding } = await fakeModel().enrol([]);
    const bound = { tenant: 'acme', subject, model: UNNAMED, pictures: 1, embedding };
    const template = await sealTemplate({ ...bound, issuedAt: 0, expiresAt: 4e9 }, keys);
    expect((await verify(template, { subject })).status).toBe(200);
  });

  it('has an end', async () => {
    const { embedding } = await fakeModel().enrol([]);
    const seconds = Math.floor(Date.now() / 1000);
    const bound = { tenant: 'acme', subject, model: MODEL, pictures: 1, embedding, issuedAt: 0 };
    const of = (expiresAt: number) => sealTemplate({ ...bound, expiresAt }, keys);
    const late = await verify(await of(seconds), { subject });
    expect(await refusal(late)).toEqual(['template_expired', 'reference']);
    expect((await verify(await of(seconds + 60), { subject })).status).toBe(200);
    // Of somebody else's template not even this is told.
    const foreign = await verify(await of(seconds), { subject: newSubject() });
    expect(await refusal(foreign)).toEqual(['template_invalid', 'reference']);
  });

  it('cannot be changed anywhere', async () => {
    const { template } = await enrol(subject, { env });
    const dots = [...template.matchAll(/\./g)].map(({ index }) => index);
    for (let at = 0; at < template.length; at += 13) {
      if (dots.includes(at)) continue;
      const other = template[at] === 'A' ? 'B' : 'A';
      const changed = template.slice(0, at) + other + template.slice(at + 1);
      expect((await refusal(await verify(changed, { subject })))[0], `at ${at}`).toBe(
        'template_invalid',
      );
    }
  });

  it('needs the key it was sealed with, old or new', async () => {
    const { template } = await enrol(subject, { env });
    const fresh = 'A'.repeat(43);
    const rotated = { ...env, TEMPLATE_KEYS: `${fresh} ${env.TEMPLATE_KEYS}` };
    expect((await verify(template, { subject }, { env: rotated })).status).toBe(200);
    const lost = { ...env, TEMPLATE_KEYS: fresh };
    const response = await verify(template, { subject }, { env: lost });
    expect(await refusal(response)).toEqual(['template_invalid', 'reference']);
  });

  it('is not a token of another kind', async () => {
    const { challenge, subject } = await begin({ env });
    const response = await verify(challenge, { subject });
    expect(await refusal(response)).toEqual(['template_invalid', 'reference']);
    // The kind is what counts, not what is inside: here it is all that a template has.
    const { embedding } = await fakeModel().enrol([]);
    const payload = { v: 1, tenant: 'acme', subject, model: MODEL, pictures: 1, iat: 0, exp: 4e9 };
    const text = btoa(String.fromCharCode(...new Uint8Array(embedding.buffer)));
    const codes = { embedding: text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') };
    const disguised = await seal('challenge', { ...payload, ...codes }, keys);
    const refused = await verify(disguised, { subject });
    expect(await refusal(refused)).toEqual(['template_invalid', 'reference']);
    const real = await seal('template', { ...payload, ...codes }, keys);
    expect((await verify(real, { subject })).status).toBe(200);
  });

  it('is of this version', async () => {
    const payload = { v: 2, tenant: 'acme', subject, model: MODEL, pictures: 1, iat: 0, exp: 4e9 };
    const token = await seal('template', { ...payload, embedding: 'AA' }, keys);
    expect(await refusal(await verify(token, { subject }))).toEqual([
      'template_invalid',
      'reference',
    ]);
  });
});
