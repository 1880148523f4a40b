import { beforeAll, describe, expect, it } from 'vitest';
import { checkSettings } from '../../worker/api/settings.ts';
import { deployedModels } from '../../worker/deployed-models.ts';
import { Refusal } from '../../worker/errors.ts';
import type { Env, Models } from '../../worker/http/context.ts';
import { MAX_ISSUER_CHARACTERS } from '../../worker/limits.ts';
import { call, ENV, fakeModels, problemOf } from '../support/api.ts';
import { askChallenge, begin, codeOf, deployment, enrol, newSubject } from '../support/login.ts';

let env: Env;
// The first object loads the Worker, which can take a busy machine a minute.
beforeAll(async () => {
  env = await deployment();
}, 300_000);

/** Models as they are deployed, whose networks are not run. */
const DEPLOYED_MODELS: Models = deployedModels(() => Promise.reject(new Error('not run')));
const CASCADE = 'inception-small-2+mobilefacenet-int8';

/** Verdict of `/readyz` on a deployment: `ready`, or the detail. */
async function findingOf(more: Partial<Env>, models: Models = fakeModels()): Promise<string> {
  const answer = await call('/readyz', {}, { env: { ...env, ...more }, models });
  if (answer.status === 200) return 'ready';
  expect(await codeOf(answer.clone() as Response)).toBe('unavailable');
  return (await problemOf(answer)).detail;
}

describe('GET /readyz', () => {
  it('is ready with the settings of wrangler.toml', async () => {
    expect(await findingOf({})).toBe('ready');
    for (const MODEL of [
      CASCADE,
      'mobilefacenet-int8',
      'mobilefacenet',
      'inception-generated-3',
      'inception-small-2',
    ]) {
      const settings = { ...env, MODEL, MODEL_PREVIOUS: CASCADE };
      expect(() => checkSettings(DEPLOYED_MODELS, settings)).not.toThrow();
    }
  });

  it.each<[string, Partial<Env>]>([
    [
      'The variable DEFAULT_FAR is none of the calibrated rates: 0.1, 0.001, 0.00001.',
      { DEFAULT_FAR: '2' },
    ],
    ['The variable DEFAULT_FAR is none of', { DEFAULT_FAR: 'strict' }],
    ['The variable DEFAULT_FAR is none of', { DEFAULT_FAR: undefined as never }],
    [
      'The variable LOGIN_FAR is none of the calibrated rates: 0.001, 0.0001, 0.00001.',
      { LOGIN_FAR: '0.1' },
    ],
    ['The variable LOGIN_FAR is none of', { LOGIN_FAR: '' }],
    ['The variable MODEL is missing.', { MODEL: '' }],
    ['The variable ISSUER is not a URL like https://faces.example', { ISSUER: 'faces.example' }],
    ['The variable ISSUER is not', { ISSUER: 'localhost:8787' }],
    ['The variable ISSUER is not', { ISSUER: `https://${'a'.repeat(MAX_ISSUER_CHARACTERS)}` }],
    ['GALLERY_ENGINE is neither embedded nor vectorize.', { GALLERY_ENGINE: 'Vectorize' }],
    [
      'the binding VECTORS is missing',
      { GALLERY_ENGINE: 'vectorize', VECTORS: undefined as never },
    ],
    ['The binding RATE_VERIFY is missing.', { RATE_VERIFY: undefined as never }],
    ['The binding RATE_RESPONSE is missing.', { RATE_RESPONSE: undefined as never }],
  ])('says %s', async (detail, more) => {
    expect(await findingOf(more)).toContain(detail);
  });

  it.each([
    ['nns3', CASCADE, 'no network nns3 is deployed here, only mobilefacenet-int8, '],
    [CASCADE, 'mobilefacenet2', 'MODEL_PREVIOUS: no network mobilefacenet2 is deployed here'],
    [
      'inception-generated-3+mobilefacenet',
      undefined,
      'no cascade of inception-generated-3 and mobilefacenet was measured, only',
    ],
    [CASCADE, 'inception-small-2+mobilefacenet', 'As MODEL_PREVIOUS, mobilefacenet alone opens'],
    [
      CASCADE,
      'inception-generated-3+inception-small-2',
      'MODEL_PREVIOUS: no cascade of inception-generated-3 and inception-small-2',
    ],
  ])(
    'names what is wrong with MODEL %s and MODEL_PREVIOUS %s',
    async (MODEL, MODEL_PREVIOUS, detail) => {
      const more = { MODEL, ...(MODEL_PREVIOUS && { MODEL_PREVIOUS }) };
      expect(await findingOf(more, DEPLOYED_MODELS)).toContain(detail);
    },
  );

  it('asks for rates of templates of every number of pictures, and of the former network', async () => {
    const card = fakeModels().card('fake');
    const [one] = card.calibration.templates;
    if (one === undefined) throw new Error('no templates');
    const some = { ...one, pictures: 4, rates: one.rates.filter(({ far }) => far !== 1e-5) };
    const templates = [one, some];
    const models = fakeModels({
      card: (name) =>
        name === 'former' ? { ...card, calibration: { ...card.calibration, templates } } : card,
    });
    const rare = { DEFAULT_FAR: '0.00001' };
    expect(await findingOf(rare, models)).toBe('ready');
    const former = { MODEL_PREVIOUS: 'former' };
    expect(await findingOf({ ...rare, ...former }, models)).toContain('0.1, 0.001, 0.0001.');
    expect(await findingOf({ LOGIN_FAR: '1e-5', ...former }, models)).toContain('LOGIN_FAR');
    expect(await findingOf(former, models)).toBe('ready');
  });

  it('does not ask for what serves templates or logins where there are none', async () => {
    const { TEMPLATE_KEYS: _, ASSERTION_KEYS: __, ...comparing } = env;
    const odd = { ...comparing, LOGIN_FAR: '', ISSUER: 'here', GALLERY_ENGINE: 'none' };
    expect(() => checkSettings(fakeModels(), odd)).not.toThrow();
    expect(() => checkSettings(fakeModels(), { ...odd, DEFAULT_FAR: '2' })).toThrow(Refusal);
    expect(() => checkSettings(fakeModels(), ENV)).not.toThrow();
  });
});

it('begins no login whose assertion would be from an issuer that nobody can ask for its keys', async () => {
  const asked = { env: { ...env, ISSUER: 'faces.example' } };
  const subject = newSubject();
  const { template } = await enrol(subject, asked);
  expect(await codeOf(await askChallenge({ subject, template }, asked))).toBe('not_configured');
  await begin({ env });
});
