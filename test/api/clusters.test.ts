import { describe, expect, it } from 'vitest';
import type { Clusters } from '../../worker/api/clusters.docs.ts';
import { Refusal } from '../../worker/errors.ts';
import { call, fakeModel, file, problemOf } from '../support/api.ts';
import { ACME, deployment, tenantsSecret } from '../support/login.ts';
import { peopleServices as models } from '../support/people.ts';

const env = await deployment();

function sort(pictures: readonly string[], fields: Record<string, string> = {}, more = env) {
  const body = new FormData();
  for (const picture of pictures) body.append('image', file(picture));
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const init = { method: 'POST', body, headers: ACME };
  return call('/v1/clusters', init, { models, env: more });
}

const sorted = async (pictures: readonly string[], fields = {}): Promise<Clusters> => {
  const response = await sort(pictures, fields);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<Clusters>();
};

describe('POST /v1/clusters', () => {
  it('groups every face of every picture, and leaves who is alone without a group', async () => {
    const { faces, groups, refused, far } = await sorted([
      'anna-1 bob-1',
      'carl',
      'bob-2',
      'anna-2 dora',
      'anna-3',
    ]);
    expect(faces.map(({ image, group }) => [image, group])).toEqual([
      [0, 0],
      [0, 1],
      [1, null],
      [2, 1],
      [3, 0],
      [3, null],
      [4, 0],
    ]);
    expect([groups, refused, far]).toEqual([2, [], 0.001]);
  });

  it('takes two faces of one picture for two people, unless it may be a collage', async () => {
    const groupsOf = async (fields = {}) =>
      (await sorted(['anna-1 anna-2', 'anna-3'], fields)).faces.map(({ group }) => group);
    expect((await groupsOf()).filter((group) => group === 0)).toHaveLength(2);
    expect(await groupsOf({ collages: 'true' })).toEqual([0, 0, 0]);
  });

  it('lists pictures without a face, and groups the others', async () => {
    const { faces, refused } = await sorted(['anna', 'nobody', 'anna-2']);
    expect(refused).toEqual([{ image: 1, code: 'no_face' }]);
    expect(faces.map(({ image, group }) => [image, group])).toEqual([
      [0, 0],
      [2, 0],
    ]);
    expect((await sorted(['nobody', 'nobody'])).faces).toEqual([]);
  });

  it('lists faces below the quality floor with their reasons, in no group', async () => {
    const { faces, groups } = await sorted(['anna', 'anna-2.dark', 'anna-3.dark', 'anna-4']);
    expect(faces.map(({ group, reasons }) => [group, reasons])).toEqual([
      [0, undefined],
      [null, ['too_dark']],
      [null, ['too_dark']],
      [0, undefined],
    ]);
    expect(groups).toBe(1);
  });

  it('holds no two faces with sunglasses against each other', async () => {
    const covered = ['anna-1.glasses', 'anna-2.glasses'];
    expect((await sorted(covered)).groups).toBe(0);
    const { faces } = await sorted([...covered, 'anna-3']);
    expect(faces.map(({ group, reasons }) => [group, reasons])).toEqual(
      Array(3).fill([0, undefined]),
    );
  });

  it.each([{ code: 'overloaded', retryAfterSeconds: 1 }, { code: 'unavailable' }] as const)(
    'leaves no face out for a fault of ours: $code',
    async (failure) => {
      const faces = async () => {
        throw new Refusal(failure);
      };
      const failing = { ...models, load: async () => fakeModel({ faces }) };
      const body = new FormData();
      for (const picture of ['anna', 'bob']) body.append('image', file(picture));
      const init = { method: 'POST', body, headers: ACME };
      const response = await call('/v1/clusters', init, { models: failing, env });
      expect(response.status).toBe(503);
      expect((await problemOf(response)).code).toBe(failure.code);
    },
  );

  it('is held to the threshold of the rate that is asked for', async () => {
    expect((await sorted(['anna', 'bob'], { far: '0.1' })).threshold).toBe(1.4);
    const { threshold, far } = await sorted(['anna', 'bob'], { far: '1e-5' });
    expect([threshold, far]).toEqual([0.7, 0.00001]);
  });

  it('takes 2 to 64 pictures', async () => {
    const { faces } = await sorted(Array.from({ length: 64 }, (_, i) => `anna-${i}`));
    expect(faces).toHaveLength(64);
    for (const count of [0, 1, 65, 66, 200]) {
      const problem = await problemOf(await sort(Array(count).fill('anna')));
      expect(problem.code, `${count}`).toBe('invalid_request');
    }
  });

  it('takes so many faces and no more', async () => {
    const crowd = Array.from({ length: 16 }, (_, i) => `p${i}`).join(' ');
    const problem = await problemOf(await sort(Array(17).fill(crowd)));
    expect(problem).toMatchObject({ code: 'invalid_request', field: 'image' });
  });

  it('refuses rates that are not there, and keys without the scope', async () => {
    const response = await sort(['anna', 'bob'], { far: '0.5' });
    expect(await problemOf(response)).toMatchObject({ code: 'invalid_request', field: 'far' });
    const API_KEYS = await tenantsSecret({ scopes: ['verify', 'enrol', 'login', 'galleries'] });
    const forbidden = await sort(['anna', 'bob'], {}, { ...env, API_KEYS });
    expect((await problemOf(forbidden)).code).toBe('forbidden');
  });
});
