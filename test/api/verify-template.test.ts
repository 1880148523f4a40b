/** `POST /v1/verify` with a template. */
import { describe, expect, it } from 'vitest';
import type { TemplateVerification } from '../../worker/api/verify.docs.ts';
import { CROP_GEOMETRY, geometryId } from '../../worker/face/embedding/model-id.ts';
import type { VerifyTemplateInput } from '../../worker/face/verify.ts';
import type { Env, Models } from '../../worker/http/context.ts';
import { keyRing, seal } from '../../worker/login/sealed-token.ts';
import { sealTemplate } from '../../worker/login/template-token.ts';
import { call, fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import { ACME, begin, deployment, enrol, newSubject, OTHER } from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
/** The id that templates had before ids named the crop's geometry. */
const UNNAMED = `fake-${'0'.repeat(16)}-${'01'.repeat(4)}${'02'.repeat(4)}`;
const MODEL = `${UNNAMED}-${geometryId(CROP_GEOMETRY)}`;

/** Models one of whose networks has other weights. */
const other = (changed: string): Models => ({
  ...fakeModels(),
  card: (name) => ({ ...fakeModels().card(name), [changed]: '11'.repeat(32) }),
});

const refusal = async (response: Response) => {
  const { status, code, field } = await problemOf(response);
  expect(response.status).toBe(status);
  return [code, field];
};

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
    // A template's end is not told to whoever names another subject.
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
