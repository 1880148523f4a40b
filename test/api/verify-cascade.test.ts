/** Verifications by a fast network first, and by the accurate one. */
import { describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import type { VerifyInput } from '../../worker/face/verify.ts';
import {
  call,
  ENV,
  fakeModel,
  fakeModels,
  file,
  formOf,
  KEY,
  post,
  problemOf,
  verification,
} from '../support/api.ts';

const pair = { reference: file('a'), probe: file('b') };

describe('two pictures where a fast network looks first', () => {
  const points = {
    rates: [{ far: 0.01, threshold: 1.1, val: 0.95 }],
    largestImpostorDistance: 3,
  };
  const env = { ...ENV, MODEL: 'quick+fake' };

  it('are decided by the rates of both', async () => {
    const seen: VerifyInput[] = [];
    const model = fakeModel({
      pairs: points,
      async verify(input) {
        seen.push(input);
        return verification;
      },
    });
    const load = vi.fn(async (_name: string) => model);
    const models = fakeModels({ load });
    const response = await post(formOf({ ...pair, far: '0.01' }), {}, { models, env });
    expect(response.status).toBe(200);
    expect(load).toHaveBeenCalledWith('quick+fake');
    expect(seen[0]).toMatchObject({ rate: { far: 0.01, threshold: 1.1 } });
    const other = await post(formOf({ ...pair, far: '0.1' }), {}, { models, env });
    expect(await problemOf(other)).toMatchObject({ code: 'invalid_request', rates: [0.01] });
  });

  it('have these rates in GET /v1/model, which names it', async () => {
    const { card } = fakeModels();
    const templates = [{ pictures: 1, ...points }];
    const cascade = { model: 'quick+fake', fast: 'quick', ...points, templates };
    const models = fakeModels({ card: () => ({ ...card('fake'), cascade }) });
    const answer = await call('/v1/model', { headers: KEY }, { models, env });
    expect(await answer.json()).toMatchObject({
      name: 'fake',
      fast: 'quick',
      calibration: { rates: points.rates, templates: [{ pictures: 1, rates: points.rates }] },
    });
    const alone = await call('/v1/model', { headers: KEY }, {});
    expect(await alone.json()).not.toHaveProperty('fast');
    const whole = await call('/v1/model/card', { headers: KEY }, { models, env });
    expect(await whole.json()).toMatchObject({ name: 'fake', cascade });
    const wholeAlone = await call('/v1/model/card', { headers: KEY }, {});
    expect(await wholeAlone.json()).not.toHaveProperty('cascade');
  });

  it('are `unavailable` where the networks cannot be made ready', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const load = () => Promise.reject(new Error('out of memory'));
    const response = await post(formOf(pair), {}, { models: fakeModels({ load }), env });
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({ code: 'unavailable' });
  });

  it('are not compared where the two networks were not measured together', async () => {
    const load = async () => {
      throw new Refusal({ code: 'not_configured', detail: 'no such cascade' });
    };
    const response = await post(formOf(pair), {}, { models: fakeModels({ load }), env });
    expect(await problemOf(response)).toMatchObject({ code: 'not_configured' });
  });
});
