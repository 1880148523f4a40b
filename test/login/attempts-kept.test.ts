/** Attempts over a restart: what is kept of them, and how long. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { CLOCK_LEEWAY_SECONDS, KEEP_LOGIN_FAILURES_SECONDS } from '../../worker/limits.ts';
import { type Attempts, attemptsOf } from '../../worker/login/attempts.ts';
import { at, fail, fresh, LIFE, NOW, stored } from '../support/attempts.ts';

describe('a restart', () => {
  it('forgets nothing', async () => {
    const subject = crypto.randomUUID();
    const before = attemptsOf(env.ATTEMPTS, 'acme', subject);
    await fail(before, 6);
    await before.claim('c-1', NOW + 2 * LIFE).then(({ kind }) => expect(kind).toBe('delayed'));
    await at(before, NOW + 90);
    expect(await before.claim('c-1', NOW + 2 * LIFE)).toEqual({ kind: 'claimed' });
    const status = await before.status();
    const storage = await stored(before);

    await abortAllDurableObjects();
    const after = attemptsOf(env.ATTEMPTS, 'acme', subject);
    await runInDurableObject(after, (object: Attempts) => {
      expect(object.now()).toBeCloseTo(Date.now() / 1000, -1); // it is a new object
    });
    await at(after, NOW + 90);
    expect(await after.status()).toEqual(status);
    expect(await stored(after)).toEqual(storage);
    expect(await after.claim('c-1', NOW + 2 * LIFE)).toEqual({ kind: 'used' });
    // The request that was at work goes on: its claim is still there.
    expect(await after.succeed('c-1')).toBe(true);
    expect((await after.status()).failures).toBe(0);
  });

  it('in the midst of an attempt leaves a failure', async () => {
    const subject = crypto.randomUUID();
    await attemptsOf(env.ATTEMPTS, 'acme', subject).claim('c-1', NOW + LIFE);
    await abortAllDurableObjects();
    const after = attemptsOf(env.ATTEMPTS, 'acme', subject);
    expect((await after.status()).failures).toBe(1);
    expect(await after.claim('c-1', NOW + LIFE)).toEqual({ kind: 'used' });
  });
});

describe('what is kept', () => {
  it('is a count and the ids of challenges', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    const all = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()]);
    expect(all).toEqual([
      ['count', { attempts: 1, cleared: 0, lastAt: NOW }],
      ['used:c-1', { attempt: 1, until: NOW + LIFE + CLOCK_LEEWAY_SECONDS, open: true, before: 0 }],
    ]);
  });

  it('is not told whose it is: the platform stores the name of what sets an alarm', async () => {
    const name = await runInDurableObject(fresh(), (_, { id }) => id.name);
    expect(name).toBeUndefined();
  });

  it('is nothing for a subject that was only asked about', async () => {
    const stub = fresh();
    await stub.status();
    await stub.reset();
    await stub.succeed('c-1');
    await stub.claim('c-1', 1_000);
    expect(await stored(stub)).toEqual({ keys: [], alarm: null });
  });

  it('goes by an alarm: after a success all of it, when the challenge is over', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await stub.succeed('c-1');
    const over = NOW + LIFE + CLOCK_LEEWAY_SECONDS;
    expect((await stored(stub)).alarm).toBe(over * 1000);
    await at(stub, over);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored(stub)).toEqual({ keys: [], alarm: null });
    expect(await stub.claim('c-2', over + LIFE)).toEqual({ kind: 'claimed' }); // and it goes on
    expect((await stub.status()).failures).toBe(1);
  });

  it('goes one after the other: challenges, then failures', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await at(stub, NOW + 10);
    await stub.claim('c-2', NOW + 10 + LIFE);
    const over = NOW + LIFE + CLOCK_LEEWAY_SECONDS;

    await at(stub, over);
    await runDurableObjectAlarm(stub);
    expect(await stored(stub)).toEqual({ keys: ['count', 'used:c-2'], alarm: (over + 10) * 1000 });

    await at(stub, over + 10);
    await runDurableObjectAlarm(stub);
    const kept = NOW + 10 + KEEP_LOGIN_FAILURES_SECONDS;
    expect(await stored(stub)).toEqual({ keys: ['count'], alarm: kept * 1000 });

    await at(stub, kept - 1);
    expect((await stub.status()).failures).toBe(2);
    await at(stub, kept);
    expect((await stub.status()).failures).toBe(0); // whether or not the alarm has rung
    await runDurableObjectAlarm(stub);
    expect(await stored(stub)).toEqual({ keys: [], alarm: null });
  });

  it('stays when the alarm rings early', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    const before = await stored(stub);
    await at(stub, NOW + 1);
    await runDurableObjectAlarm(stub);
    expect(await stored(stub)).toEqual(before);
  });

  it('goes with a reset, but for challenges that are not over', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await at(stub, NOW + LIFE + CLOCK_LEEWAY_SECONDS);
    await stub.claim('c-2', NOW + 2 * LIFE + CLOCK_LEEWAY_SECONDS);
    await stub.reset();
    expect((await stored(stub)).keys).toEqual(['count', 'used:c-2']);
    await at(stub, NOW + 3 * LIFE + 2 * CLOCK_LEEWAY_SECONDS);
    await stub.reset();
    expect(await stored(stub)).toEqual({ keys: [], alarm: null });
  });

  it('goes with nobody asking: the platform rings', async () => {
    const stub = fresh();
    const expiresAt = Math.ceil(Date.now() / 1000) - CLOCK_LEEWAY_SECONDS + 1;
    expect(await stub.claim('c-1', expiresAt)).toEqual({ kind: 'claimed' });
    await stub.succeed('c-1');
    expect((await stored(stub)).keys).not.toEqual([]);
    await expect.poll(async () => (await stored(stub)).keys, { timeout: 30_000 }).toEqual([]);
  });
});
