/** Admission of bodies: who is let in, and who waits for whom. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../worker/http/context.ts';
import { MAX_HEAD_BYTES, MAX_REQUEST_BYTES } from '../../worker/limits.ts';
import { call, fakeModel, fakeModels, file, formOf, problemOf } from '../support/api.ts';
import {
  ACME,
  begin,
  challenge,
  deployment,
  enrol,
  frames,
  newSubject,
  OTHER,
  OTHER_AUDIENCE,
  respond,
} from '../support/login.ts';

const env = await deployment();
const FORM = { 'content-type': 'multipart/form-data; boundary=b' };

/** A body that begins, and then does not go on. */
function stalled(beginning: Uint8Array = new Uint8Array(1)) {
  let fail: () => void = () => {};
  const body = new ReadableStream({
    type: 'bytes',
    start(controller) {
      controller.enqueue(beginning.slice());
      fail = () => controller.error(new Error('gone'));
    },
  });
  return { body, fail: () => fail() };
}

/** Posts bodies that stall, runs `others` beside them, and lets them go. */
async function beside<T>(
  stalling: readonly { path: string; headers: Record<string, string>; beginning?: Uint8Array }[],
  others: () => Promise<T>,
): Promise<T> {
  const bodies = stalling.map(({ path, headers, beginning }) => {
    const { body, fail } = stalled(beginning);
    return { fail, answer: call(path, { method: 'POST', body, headers }, { env }) };
  });
  try {
    return await others();
  } finally {
    for (const { fail } of bodies) fail();
    for (const { answer } of bodies) expect((await answer).status).toBeGreaterThanOrEqual(400);
  }
}

const subnet = (n: number) => ({ 'cf-connecting-ip': `192.0.2.${n}` });
const pair = () => formOf({ reference: file('a'), probe: file('b') });
const verify = (key = OTHER, model: Partial<Model> = {}) =>
  call(
    '/v1/verify',
    { method: 'POST', body: pair(), headers: key },
    { env, models: fakeModels({ load: async () => fakeModel(model) }) },
  );

beforeAll(async () => {
  await respond(await begin({ env }), { env }); // the first login of a process takes long
}, 180_000);

describe('strangers whose bodies stall', () => {
  it('keep nobody from logging in: nothing is held for what they say they will send', async () => {
    const given = await begin({ env });
    const strangers = Array.from({ length: 60 }, (_, i) => ({
      path: '/v1/challenges/any/response',
      headers: { ...FORM, ...subnet(i % 7), 'content-length': '4000000' },
    }));
    const { status, ms } = await beside(strangers, async () => {
      const start = Date.now();
      const { status } = await respond(given, { env });
      return { status, ms: Date.now() - start };
    });
    expect(status).toBe(200);
    expect(ms).toBeLessThan(3_000);
  });

  it('of one subnet beyond its share do not keep out even that subnet', async () => {
    const given = await begin({ env });
    const beginning = new Uint8Array(MAX_HEAD_BYTES - 1);
    const strangers = Array.from({ length: 40 }, () => ({
      path: '/v1/challenges/any/response',
      headers: { ...FORM, ...subnet(1) },
      beginning,
    }));
    const answer = await beside(strangers, () => respond(given, { env }, { headers: subnet(1) }));
    expect(answer.status).toBe(200);
  });
});

describe('uploads of a tenant that stall', () => {
  const mebibytes = (n: number) => new Uint8Array(n * 1024 * 1024);
  const heavy = (beginning: Uint8Array) => ({
    path: '/v1/verify',
    headers: { ...ACME, ...FORM, 'content-length': String(MAX_REQUEST_BYTES) },
    beginning,
  });

  it('keep no other tenant from verifying, enrolling and logging in', async () => {
    const asked = { env, key: OTHER };
    const given = await begin(asked, { audience: OTHER_AUDIENCE });
    const uploads = [heavy(mebibytes(16)), heavy(mebibytes(16)), heavy(mebibytes(1))];
    const { statuses, ms } = await beside(uploads, async () => {
      const start = Date.now();
      const answers = [await verify(), await respond(given, { env })];
      const { template } = await enrol(newSubject(), asked);
      return { statuses: answers.map(({ status }) => status), template, ms: Date.now() - start };
    });
    expect(statuses).toEqual([200, 200]);
    expect(ms).toBeLessThan(4_000);
  });

  it('nor the tenant itself: the stalled ones give way', async () => {
    const uploads = [heavy(mebibytes(12)), heavy(mebibytes(12)), heavy(mebibytes(1))];
    const answer = await beside(uploads, () => verify(ACME));
    expect(answer.status).toBe(200);
  });
});

describe('turns', () => {
  it('rotate: another tenant waits for one verification, not for twenty', async () => {
    const order: string[] = [];
    const slow = (name: string): Partial<Model> => ({
      async verify(input) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(name);
        return fakeModel().verify(input);
      },
    });
    const many = Array.from({ length: 20 }, () => verify(ACME, slow('acme')));
    const one = verify(OTHER, slow('other'));
    const answers = await Promise.all([...many, one]);
    expect(answers.map(({ status }) => status)).toEqual(Array(21).fill(200));
    expect(order.indexOf('other')).toBeLessThanOrEqual(3);
  });

  it('are not waited for by what needs no face: challenges, keys, a refusal', async () => {
    const asked = { env, key: OTHER };
    const subject = newSubject();
    const { template } = await enrol(subject, asked);
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = verify(ACME, {
      async verify(input) {
        await promise;
        return fakeModel().verify(input);
      },
    });
    await challenge({ subject, template, audience: OTHER_AUDIENCE }, asked);
    expect((await call('/.well-known/jwks.json', {}, { env })).status).toBe(200);
    expect((await verify({ authorization: 'Bearer wrong' })).status).toBe(401);
    resolve();
    expect((await busy).status).toBe(200);
  });
});

describe('the authority of an answer', () => {
  it('comes first: else the frames are not read', async () => {
    const given = await begin({ env });
    const form = new FormData();
    for (const [name, value] of frames(given.challenge)) {
      if (name !== 'challenge') form.append(name, value);
    }
    form.append('challenge', given.challenge);
    const late = await respond(given, { env }, { body: form });
    const json = JSON.stringify({ frontal: 'AAAA', challenge: given.challenge });
    const headers = { 'content-type': 'application/json' };
    for (const answer of [late, await respond(given, { env }, { body: json, headers })]) {
      expect(answer.status).toBe(400);
      expect(await problemOf(answer)).toMatchObject({ field: 'challenge' });
    }
    expect((await respond(given, { env })).status).toBe(200);
  });

  it('is the one that the frames are judged by: there is no second', async () => {
    const [mine, another] = [await begin({ env }), await begin({ env })];
    const picture = btoa('picture');
    const json = `{"challenge":"${mine.challenge}","frontal":"${picture}","action":["${picture}",
      "${picture}","${picture}"],"challenge":"${another.challenge}"}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await respond(mine, { env }, { body: json, headers });
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).field).toBe('challenge');
  });

  it('is opened before anything else is read', async () => {
    let pulled = 0;
    const head = '--b\r\nContent-Disposition: form-data; name="challenge"\r\n\r\nwrong\r\n--b';
    const body = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.enqueue(pulled++ === 0 ? new TextEncoder().encode(head) : new Uint8Array(9_000));
        if (pulled === 100) controller.close();
      },
    });
    const start = Date.now();
    const answer = await call(
      '/v1/challenges/any/response',
      { method: 'POST', body, headers: FORM },
      { env, models: fakeModels() },
    );
    expect((await problemOf(answer)).code).toBe('challenge_invalid');
    expect(Date.now() - start).toBeLessThan(5_000);
  });
});
