/** Verifications by a fast network first, and by the accurate one. */
import { describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import type { Cascade } from '../../worker/face/cascade.ts';
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
  const cascade: Cascade = {
    name: 'quick+fake',
    embedder: { outputs: [], run: async () => ({}) },
    fast: points,
    slow: points,
    points,
  };

  it('are decided by the rates of both', async () => {
    const seen: VerifyInput[] = [];
    const model = fakeModel({
      cascade: async () => cascade,
      async verify(input) {
        seen.push(input);
        return verification;
      },
    });
    const env = { ...ENV, FAST_MODEL: 'quick' };
    const models = fakeModels({ load: async () => model });
    const response = await post(formOf({ ...pair, far: '0.01' }), {}, { models, env });
    expect(response.status).toBe(200);
    expect(seen[0]).toMatchObject({ cascade, rate: { far: 0.01, threshold: 1.1 } });
    const other = await post(formOf({ ...pair, far: '0.1' }), {}, { models, env });
    expect(await problemOf(other)).toMatchObject({ code: 'invalid_request', rates: [0.01] });
  });

  it('have these rates in GET /v1/model, which names it', async () => {
    const models = fakeModels({ cascade: () => points });
    const env = { ...ENV, FAST_MODEL: 'quick' };
    const answer = await call('/v1/model', { headers: KEY }, { models, env });
    expect(await answer.json()).toMatchObject({
      fast: 'quick',
      calibration: { rates: points.rates },
    });
    const alone = await call('/v1/model', { headers: KEY }, { models });
    expect(await alone.json()).not.toHaveProperty('fast');
    const card = await call('/v1/model/card', { headers: KEY }, { models, env });
    expect(await card.json()).toMatchObject({
      pairs: { model: `quick+${ENV.MODEL}`, rates: points.rates },
    });
    const cardAlone = await call('/v1/model/card', { headers: KEY }, { models });
    expect(await cardAlone.json()).not.toHaveProperty('pairs');
  });

  it('are `unavailable` where the fast network cannot be made ready', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const cascade = () => Promise.reject(new Error('out of memory'));
    const models = fakeModels({ load: async () => fakeModel({ cascade }) });
    const response = await post(formOf(pair), {}, { models, env: { ...ENV, FAST_MODEL: 'quick' } });
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({ code: 'unavailable' });
  });

  it('are not compared where the two networks were not measured together', async () => {
    const cascade = async () => {
      throw new Refusal({ code: 'not_configured', detail: 'no such cascade' });
    };
    const models = fakeModels({ load: async () => fakeModel({ cascade }) });
    const response = await post(formOf(pair), {}, { models, env: { ...ENV, FAST_MODEL: 'quick' } });
    expect(await problemOf(response)).toMatchObject({ code: 'not_configured' });
  });
});
