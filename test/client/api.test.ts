import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type * as client from '../../client/index.ts';
import { ApiError, ConfigurationError, Visavis, VisavisError } from '../../client/index.ts';
import type * as clusters from '../../worker/api/clusters.docs.ts';
import type * as galleries from '../../worker/api/galleries.docs.ts';
import type * as identify from '../../worker/api/identify.docs.ts';
import type * as model from '../../worker/api/model.docs.ts';
import type { Code, Problem } from '../../worker/errors.ts';
import type { FacePolicy } from '../../worker/face/detection/policy.ts';
import type { QualityPolicy } from '../../worker/face/quality/quality-floor.ts';
import type { Undecided, Verification } from '../../worker/face/verify.ts';
import type { Action } from '../../worker/login/poses.ts';
import { call, fakeModels, KEY } from '../support/api.ts';
import { clientOf, jpeg } from '../support/client.ts';

describe('the client', () => {
  it('asks the API as the API wants to be asked', async () => {
    const models = fakeModels();
    const visavis = new Visavis({
      url: 'https://visavis.test',
      key: KEY.authorization.replace('Bearer ', ''),
      fetch: (input, init) => call(new URL(String(input)).pathname, init, { models }),
    });
    const bytes = new Uint8Array([1, 2, 3]);
    const answer = await visavis.verify({ reference: jpeg, probe: bytes, far: 1e-3, faces: 'one' });
    expect(answer).toMatchObject({ same: true, far: 0.001 });
    expect(models.seen).toEqual([
      expect.objectContaining({
        reference: new Uint8Array([0xff, 0xd8, 0xff]),
        probe: bytes,
        faces: 'one',
      }),
    ]);
    expect((await visavis.model()).calibration.rates.length).toBeGreaterThan(0);
  });

  it('sends the key as a bearer token, and nothing that was not given', async () => {
    const { visavis, last } = clientOf(() => Response.json({}));
    await visavis.verify({ reference: jpeg, probe: jpeg });
    expect(last().url).toBe('https://faces.test/v1/verify');
    expect(last().headers.get('authorization')).toBe('Bearer secret');
    expect([...(await last().formData()).keys()]).toEqual(['reference', 'probe']);
  });

  it('sends a template as text, with its subject', async () => {
    const { visavis, last } = clientOf(() => Response.json({}));
    await visavis.verify({ reference: 'a.b.c.d.e', subject: 'user-1', probe: jpeg });
    const form = await last().formData();
    expect(form.get('reference')).toBe('a.b.c.d.e');
    expect(form.get('subject')).toBe('user-1');
  });

  it('enrols with every picture', async () => {
    const { visavis, last } = clientOf(() => Response.json({}));
    await visavis.enrol({ subject: 'user-1', images: [jpeg, jpeg, jpeg], days: 30 });
    expect(last().url).toBe('https://faces.test/v1/templates');
    const form = await last().formData();
    expect(form.getAll('image')).toHaveLength(3);
    expect(form.get('days')).toBe('30');
  });

  it('enrols nobody who is in a gallery, at the rate that is asked for', async () => {
    const { visavis, last } = clientOf(() => Response.json({}));
    await visavis.enrol({ subject: 'user-1', images: [jpeg], unique: 'staff', fpir: 0.003 });
    const { image, ...fields } = Object.fromEntries(await last().formData());
    expect(fields).toEqual({ subject: 'user-1', unique: 'staff', fpir: '0.003' });
  });

  it.each([
    ['what was not read', undefined, 'undefined'],
    ['a path', 'probe.jpg', 'string'],
    ['an address', new URL('https://shop.test/probe.jpg'), 'URL'],
    ['a stream', new Response('picture').body, 'ReadableStream'],
    ['bytes as an array', [0xff, 0xd8, 0xff], 'Array'],
    ['null', null, 'null'],
  ])('sends no picture that is none: %s', async (_, given, name) => {
    const { visavis, requests } = clientOf(() => Response.json({}));
    const none = given as unknown as Blob;
    const calls = [
      visavis.verify({ reference: jpeg, probe: none }),
      visavis.identify({ probe: none, gallery: 'staff' }),
      visavis.enrol({ subject: 'user-1', images: [jpeg, none] }),
      visavis.cluster({ images: [jpeg, none] }),
      visavis.gallery('staff').put('user-1', { images: [jpeg, none] }),
    ];
    for (const [i, call] of calls.entries()) {
      const error = await call.catch((error) => error);
      expect(error).toBeInstanceOf(ConfigurationError);
      const field = i < 2 ? 'probe' : 'image[1]';
      const message = `\`${field}\` is no Blob, ArrayBuffer or Uint8Array, but ${name}.`;
      expect(error).toMatchObject({ code: 'invalid_picture', message });
    }
    expect(requests).toEqual([]);
  });

  it.each([
    ['one picture', jpeg, 'Blob'],
    ['its bytes', new Uint8Array([0xff, 0xd8, 0xff]), 'Uint8Array'],
    ['a path', 'probe.jpg', 'string'],
  ])('asks for an array of pictures: %s', async (_, given, name) => {
    const { visavis, requests } = clientOf(() => Response.json({}));
    const images = given as unknown as Blob[];
    const calls = [
      visavis.enrol({ subject: 'user-1', images }),
      visavis.cluster({ images }),
      visavis.gallery('staff').put('user-1', { images }),
    ];
    for (const call of calls) {
      const error = await call.catch((error) => error);
      expect(error).toBeInstanceOf(ConfigurationError);
      const message = `\`image\` is no array of pictures, but ${name}.`;
      expect(error).toMatchObject({ code: 'invalid_picture', message });
    }
    expect(requests).toEqual([]);
  });

  it('takes an option that is undefined for none, and the cursor of the answer as it is', async () => {
    const { visavis, last } = clientOf(() => Response.json({ cursor: null }));
    const far = undefined;
    await visavis.verify({ reference: jpeg, probe: jpeg, far, faces: far, quality: far });
    expect([...(await last().formData()).keys()]).toEqual(['reference', 'probe']);
    const { cursor } = await visavis.galleries({ limit: far });
    await visavis.gallery('staff').list({ cursor, limit: 7 });
    expect(new URL(last().url).search).toBe('?limit=7');
    await visavis.challenge({ subject: 's', template: 't', audience: 'a', nonce: 'n', far });
    expect(Object.keys(await last().json())).not.toContain('far');
  });

  it('begins a login in JSON', async () => {
    const { visavis, last } = clientOf(() => Response.json({}));
    const options = {
      subject: 'user-1',
      template: 'a.b.c.d.e',
      audience: 'https://shop.test',
      nonce: '0123456789abcdef',
      far: 0.0001,
    };
    await visavis.challenge(options);
    expect(last().url).toBe('https://faces.test/v1/challenges');
    expect(last().headers.get('content-type')).toBe('application/json');
    expect(await last().json()).toEqual(options);
  });

  it('writes a subject into the path so that it stays one', async () => {
    const { visavis, requests } = clientOf(() => new Response(null, { status: 204 }));
    await visavis.attempts('a/b?c');
    expect(await visavis.resetAttempts('a+b@c')).toBeUndefined();
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://faces.test/v1/subjects/a%2Fb%3Fc/attempts',
      'DELETE https://faces.test/v1/subjects/a%2Bb%40c/attempts',
    ]);
  });

  it.each(['.', '..'])('asks for no other resource by the name %s', async (name) => {
    const { visavis, requests } = clientOf(() => new Response(null, { status: 204 }));
    const calls = [
      () => visavis.gallery(name).clear(),
      () => visavis.gallery('staff').remove(name),
      () => visavis.resetAttempts(name),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toThrow(ConfigurationError);
      await expect(call()).rejects.toMatchObject({ code: 'invalid_name' });
    }
    expect(requests).toEqual([]);
  });

  it('follows no redirect: pictures and keys go to the origin that was given', async () => {
    const to = 'https://elsewhere.test/v1/verify';
    const moved = () => new Response(null, { status: 308, headers: { location: to } });
    const { visavis, requests } = clientOf(moved);
    const error = await visavis.verify({ reference: jpeg, probe: jpeg }).catch((error) => error);
    expect(requests.map(({ redirect }) => redirect)).toEqual(['manual']);
    expect(error).toMatchObject({ code: 'unexpected_answer', status: 308 });
    expect(error.message).toContain(`redirected to ${to}`);
  });

  it('throws what the API says is wrong', async () => {
    const problem = { code: 'too_many_attempts', detail: 'Wait.', status: 429, requestId: 'r' };
    const headers = { 'retry-after': '30' };
    const { visavis } = clientOf(() => Response.json(problem, { status: 429, headers }));
    const error = await visavis.model().catch((error) => error);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'too_many_attempts', status: 429, retryAfterSeconds: 30 });
    expect(error.message).toBe('too_many_attempts: Wait.');
  });

  it.each([
    ['a proxy’s page', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['a captive portal', () => new Response('<h1>Welcome</h1>', { status: 200 })],
    ['an empty page, which Bun reads as null', () => Response.json(null)],
    ['somebody else’s JSON', () => Response.json({ error: 'no' }, { status: 500 })],
  ])('is not taken in by %s', async (_, answer) => {
    const error = await clientOf(answer, { retries: 0 })
      .visavis.model()
      .catch((error) => error);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'unexpected_answer', retryAfterSeconds: undefined });
  });
});

it.each([
  [{ url: 'https://faces.test', key: undefined }, 'missing_key'],
  [{ url: 'https://faces.test', key: '' }, 'missing_key'],
  [{ url: 'https://faces.test', key: ' \n' }, 'missing_key'],
  [{ url: 'https://faces.test', key: 'one\ntwo' }, 'invalid_key', '`key` has white space in it'],
  [{ url: 'https://faces.test', key: 'visavis–dev' }, 'invalid_key'],
  [{ url: undefined, key: 'k' }, 'invalid_url'],
  [{ url: 'faces.test', key: 'k' }, 'invalid_url', 'write the origin, like https://faces.example'],
  [{ url: 'localhost:8931', key: 'k' }, 'invalid_url', 'write http://localhost:8931 or https://'],
  [{ url: 'http://localhost:8931/v1', key: 'k' }, 'invalid_url', 'write http://localhost:8931.'],
  [{ url: 'https://faces.test/?a', key: 'k' }, 'invalid_url', 'write https://faces.test.'],
  [{ url: 'https://a:b@faces.test', key: 'k' }, 'invalid_url', 'write https://faces.test.'],
])('is not made of %j', (options, code, message = '') => {
  const make = () => new Visavis(options);
  expect(make).toThrow(message);
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(VisavisError);
  expect(make).toThrow(expect.objectContaining({ code }));
});

it('takes a key as a file has it, with the end of its line', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({}));
  await new Visavis({ url: 'https://faces.test', key: 'visavis-dev\n', fetch }).model();
  const headers = fetch.mock.calls[0]?.[1]?.headers;
  expect(headers).toMatchObject({ authorization: 'Bearer visavis-dev' });
});

it('has the types of the Worker', () => {
  expectTypeOf<client.ProblemCode>().toEqualTypeOf<Code>();
  expectTypeOf<Omit<client.Verification, 'kind'>>().toEqualTypeOf<Verification>();
  expectTypeOf<Omit<client.Undecided, 'kind'>>().toEqualTypeOf<Undecided>();
  expectTypeOf<client.QualityPolicy>().toEqualTypeOf<QualityPolicy>();
  expectTypeOf<client.FacePolicy>().toEqualTypeOf<FacePolicy>();
  expectTypeOf<client.Action>().toEqualTypeOf<Action>();
  expectTypeOf<identify.Identification>().toExtend<client.Identification>();
  expectTypeOf<clusters.Clusters>().toExtend<client.Clusters>();
  expectTypeOf<galleries.GallerySubjects>().toExtend<client.GallerySubjects>();
  expectTypeOf<galleries.GalleryReport>().toExtend<client.GalleryReport>();
  expectTypeOf<galleries.Galleries>().toExtend<client.Galleries>();
  expectTypeOf<galleries.GalleryPage>().toExtend<client.GalleryPage>();
  expectTypeOf<model.Model['calibration']>().toExtend<client.Model['calibration']>();
  expectTypeOf<Problem>().toExtend<client.Problem>();
  expectTypeOf<keyof client.Problem>().toEqualTypeOf<keyof Problem>();
});
