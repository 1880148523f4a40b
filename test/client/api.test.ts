import { describe, expect, expectTypeOf, it } from 'vitest';
import { Visavis, VisavisError } from '../../client/index.ts';
import type * as client from '../../client/types.ts';
import type { Problem } from '../../worker/errors.ts';
import type { Calibration } from '../../worker/face/calibration.ts';
import type { FacePolicy } from '../../worker/face/policy.ts';
import type { Verification } from '../../worker/face/verify.ts';
import type { Action } from '../../worker/login/poses.ts';
import { call, fakeServices, KEY } from '../support/api.ts';

/** A client whose requests are collected, and answered by `answer`. */
function clientOf(answer: () => Response) {
  const requests: Request[] = [];
  const visavis = new Visavis({
    url: 'https://faces.test',
    key: 'secret',
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      return answer();
    },
  });
  return { visavis, requests, last: () => requests.at(-1) as Request };
}

const jpeg = new Blob([new Uint8Array([0xff, 0xd8, 0xff])], { type: 'image/jpeg' });

describe('the client', () => {
  it('asks the API as the API wants to be asked', async () => {
    const services = fakeServices();
    const visavis = new Visavis({
      url: 'https://visavis.test',
      key: KEY.authorization.replace('Bearer ', ''),
      fetch: (input, init) => call(new URL(String(input)).pathname, init, { services }),
    });
    const bytes = new Uint8Array([1, 2, 3]);
    const answer = await visavis.verify({ reference: jpeg, probe: bytes, far: 1e-3, faces: 'one' });
    expect(answer).toMatchObject({ same: true, far: 0.001 });
    expect(services.seen).toEqual([
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

  it('throws what the API says is wrong', async () => {
    const problem = { code: 'too_many_attempts', detail: 'Wait.', status: 429, requestId: 'r' };
    const headers = { 'retry-after': '30' };
    const { visavis } = clientOf(() => Response.json(problem, { status: 429, headers }));
    const error = await visavis.model().catch((error) => error);
    expect(error).toBeInstanceOf(VisavisError);
    expect(error).toMatchObject({ code: 'too_many_attempts', status: 429, retryAfterSeconds: 30 });
    expect(error.message).toBe('too_many_attempts: Wait.');
  });

  it.each([
    ['a proxy’s page', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['a captive portal', () => new Response('<h1>Welcome</h1>', { status: 200 })],
    ['somebody else’s JSON', () => Response.json({ error: 'no' }, { status: 500 })],
  ])('is not taken in by %s', async (_, answer) => {
    const error = await clientOf(answer)
      .visavis.model()
      .catch((error) => error);
    expect(error).toBeInstanceOf(VisavisError);
    expect(error).toMatchObject({ code: 'unexpected_answer', retryAfterSeconds: undefined });
  });
});

it('has the types of the Worker', () => {
  expectTypeOf<client.Verification>().toEqualTypeOf<Verification>();
  expectTypeOf<client.FacePolicy>().toEqualTypeOf<FacePolicy>();
  expectTypeOf<client.Action>().toEqualTypeOf<Action>();
  expectTypeOf<Calibration>().toExtend<client.Model['calibration']>();
  expectTypeOf<Problem>().toExtend<import('../../client/problem.ts').Problem>();
});
