/** The real Durable Object, in workerd, with its real storage. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../worker/errors.ts';
import { CLOCK_LEEWAY_SECONDS, KEEP_LOGIN_FAILURES_SECONDS } from '../../worker/limits.ts';
import { type Attempts, attemptsOf } from '../../worker/login/attempts.ts';
import { at, fail, fresh, LIFE, NOW, stored } from '../support/attempts.ts';

describe('a claim', () => {
  it('is given once for a challenge', async () => {
    const stub = fresh();
    expect(await stub.claim('c-1', NOW + LIFE)).toEqual({ kind: 'claimed' });
    expect(await stub.claim('c-1', NOW + LIFE)).toEqual({ kind: 'used' });
    expect(await stub.claim('c-2', NOW + LIFE)).toEqual({ kind: 'claimed' });
  });

  it('is told once more to the response that has it, while its face work goes on', async () => {
    const stub = fresh();
    expect(await stub.claim('c-1', NOW + LIFE, 'mine')).toEqual({ kind: 'claimed' });
    expect(await stub.claim('c-1', NOW + LIFE, 'mine')).toEqual({ kind: 'claimed' });
    expect((await stub.status()).failures).toBe(1);
    expect(await stub.claim('c-1', NOW + LIFE, 'other')).toEqual({ kind: 'used' });
    expect(await stub.succeed('c-1', 'mine')).toBe(true);
    expect(await stub.succeed('c-1', 'mine')).toBe(true);
    expect(await stub.succeed('c-1', 'other')).toBe(false);
    expect(await stub.claim('c-1', NOW + LIFE, 'mine')).toEqual({ kind: 'used' });
    await stub.claim('c-2', NOW + LIFE, 'mine');
    await stub.succeed('c-1', 'mine');
    expect((await stub.status()).failures).toBe(1);
  });

  it('is given once to fifty at the same time', async () => {
    const subject = crypto.randomUUID();
    const claims = await Promise.all(
      // Each over a stub of its own, as each request has one.
      Array.from({ length: 50 }, () =>
        attemptsOf(env.ATTEMPTS, 'acme', subject).claim('c-1', NOW + LIFE),
      ),
    );
    expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'used')).toHaveLength(49);
    expect((await attemptsOf(env.ATTEMPTS, 'acme', subject).status()).failures).toBe(1);
  });

  it('counts as a failure at once, whatever becomes of it', async () => {
    const stub = fresh();
    await stub.claim('c-1', NOW + LIFE);
    expect(await stub.status()).toEqual({ failures: 1, delayedUntil: null, locked: false });
  });

  it('stays used after a success, and after a reset', async () => {
    const stub = fresh();
    await stub.claim('c-1', NOW + LIFE);
    await stub.succeed('c-1');
    expect(await stub.claim('c-1', NOW + LIFE)).toEqual({ kind: 'used' });
    await stub.claim('c-2', NOW + LIFE);
    await stub.reset();
    for (const id of ['c-1', 'c-2']) {
      expect(await stub.claim(id, NOW + LIFE)).toEqual({ kind: 'used' });
    }
  });

  it('stays used for as long as any clock may think the challenge valid', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await at(stub, NOW + LIFE + CLOCK_LEEWAY_SECONDS - 1);
    await runDurableObjectAlarm(stub);
    expect(await stub.claim('c-1', NOW + LIFE)).toEqual({ kind: 'used' });
  });

  it('is given to nobody once the id may have been forgotten', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await at(stub, NOW + LIFE + CLOCK_LEEWAY_SECONDS);
    await runDurableObjectAlarm(stub);
    expect((await stored(stub)).keys).toEqual(['count']); // forgotten it is
    expect(await stub.claim('c-1', NOW + LIFE)).toEqual({ kind: 'used' });
    expect((await stub.status()).failures).toBe(1);
  });

  it('is one step: what fails on the way leaves nothing behind', async () => {
    const stub = fresh();
    await stub.claim('c-0', NOW + LIFE);
    const before = await stub.status();
    let claimed = false;
    for (let calls = 0; !claimed; calls++) {
      claimed = await runInDurableObject(stub, (object: Attempts) => {
        let left = calls;
        object.now = () => {
          if (left-- === 0) throw new Error('power cut');
          return NOW;
        };
        try {
          return object.claim('c-1', NOW + LIFE).kind === 'claimed';
        } catch (error) {
          expect(String(error)).toContain('power cut');
          return false;
        }
      });
      await at(stub, NOW);
      if (!claimed) expect(await stub.status(), `at call ${calls}`).toEqual(before);
      else expect(calls).toBeGreaterThan(1);
    }
  });

  it('is not made for what is no id or no time', async () => {
    const stub = fresh();
    await runInDurableObject(stub, (object: Attempts) => {
      expect(() => object.claim('', NOW)).toThrow(TypeError);
      expect(() => object.claim('x'.repeat(65), NOW)).toThrow(TypeError);
      for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
        expect(() => object.claim('c-1', time)).toThrow(TypeError);
      }
    });
    expect((await stored(stub)).keys).toEqual([]);
  });
});

describe('a success', () => {
  it('takes back its failure and all before it', async () => {
    const stub = fresh();
    for (const id of ['c-1', 'c-2', 'c-3']) await stub.claim(id, NOW + LIFE);
    expect(await stub.succeed('c-3')).toBe(true);
    expect(await stub.status()).toEqual({ failures: 0, delayedUntil: null, locked: false });
  });

  it('leaves those that began after it', async () => {
    const stub = fresh();
    for (const id of ['c-1', 'c-2', 'c-3']) await stub.claim(id, NOW + LIFE);
    expect(await stub.succeed('c-1')).toBe(true);
    expect((await stub.status()).failures).toBe(2);
    expect(await stub.succeed('c-3')).toBe(true);
    expect((await stub.status()).failures).toBe(0);
  });

  it('is one only with a claim, and once', async () => {
    const stub = fresh();
    expect(await stub.succeed('c-1')).toBe(false);
    await stub.claim('c-1', NOW + LIFE);
    expect(await stub.succeed('c-2')).toBe(false);
    expect((await stub.status()).failures).toBe(1);
    const successes = await Promise.all(Array.from({ length: 20 }, () => stub.succeed('c-1')));
    expect(successes.filter(Boolean)).toHaveLength(1);
    await stub.claim('c-2', NOW + LIFE);
    expect(await stub.succeed('c-1')).toBe(false);
    expect((await stub.status()).failures).toBe(1);
  });

  it('is none when it comes after the challenge is forgotten', async () => {
    const stub = fresh();
    await at(stub, NOW);
    await stub.claim('c-1', NOW + LIFE);
    await at(stub, NOW + LIFE + CLOCK_LEEWAY_SECONDS);
    expect(await stub.succeed('c-1')).toBe(false);
    expect((await stub.status()).failures).toBe(1);
  });
});

describe('failures', () => {
  it('bring a delay with the fifth, which does not use up a challenge', async () => {
    const stub = fresh();
    await fail(stub, 5);
    expect(await stub.status()).toEqual({ failures: 5, delayedUntil: NOW + 30, locked: false });
    expect(await stub.claim('c-6', NOW + LIFE)).toEqual({ kind: 'delayed', retryAfterSeconds: 30 });
    await at(stub, NOW + 29.5);
    expect(await stub.claim('c-6', NOW + LIFE)).toEqual({ kind: 'delayed', retryAfterSeconds: 1 });
    expect((await stub.status()).failures).toBe(5);
    await at(stub, NOW + 30);
    expect((await stub.status()).delayedUntil).toBeNull();
    expect(await stub.claim('c-6', NOW + LIFE)).toEqual({ kind: 'claimed' });
    expect(await stub.status()).toMatchObject({ failures: 6, delayedUntil: NOW + 30 + 60 });
  });

  it('let no more than five in at the same time', async () => {
    const stub = fresh();
    await at(stub, NOW);
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, i) => stub.claim(`c-${i}`, NOW + LIFE)),
    );
    expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(5);
    expect(claims.filter(({ kind }) => kind === 'delayed')).toHaveLength(45);
  });

  it('lock with the fiftieth, for as long as nobody resets', async () => {
    const stub = fresh();
    const last = await fail(stub, 50);
    expect(await stub.status()).toEqual({ failures: 50, delayedUntil: null, locked: true });
    for (const later of [0, LIFE, 10 * KEEP_LOGIN_FAILURES_SECONDS]) {
      await at(stub, last + later);
      await runDurableObjectAlarm(stub);
      const claim = await stub.claim(`c-${later}`, last + later + LIFE);
      expect(claim).toEqual({ kind: 'locked' });
    }
    await stub.reset();
    expect(await stub.status()).toEqual({ failures: 0, delayedUntil: null, locked: false });
    const now = last + 10 * KEEP_LOGIN_FAILURES_SECONDS;
    expect(await stub.claim('c-51', now + LIFE)).toEqual({ kind: 'claimed' });
  });

  it('are one by one, up to the last that may still succeed', async () => {
    const stub = fresh();
    const last = await fail(stub, 49);
    const now = (await stub.status()).delayedUntil ?? last;
    await at(stub, now);
    expect(await stub.claim('the-50th', now + LIFE)).toEqual({ kind: 'claimed' });
    expect((await stub.status()).locked).toBe(true);
    expect(await stub.succeed('the-50th')).toBe(true);
    expect(await stub.status()).toEqual({ failures: 0, delayedUntil: null, locked: false });
  });

  it('are those of one subject of one tenant', async () => {
    const subject = crypto.randomUUID();
    const of = (tenant: string, name: string) => attemptsOf(env.ATTEMPTS, tenant, name);
    await of('acme', subject).claim('c-1', NOW + LIFE);
    for (const other of [
      of('bank', subject),
      of('acme', `${subject}2`),
      of('', `acme${subject}`),
    ]) {
      expect((await other.status()).failures).toBe(0);
      expect(await other.claim('c-1', NOW + LIFE)).toEqual({ kind: 'claimed' });
    }
    expect((await of('acme', subject).status()).failures).toBe(1);
    // However a tenant is named, it is not another's subject.
    expect(of('a","b', 'c').id.equals(of('a', 'b","c').id)).toBe(false);
  });
});

describe('attemptsOf', () => {
  it('is closed without its binding', () => {
    try {
      attemptsOf(undefined, 'acme', 'subject');
    } catch (error) {
      expect((error as Refusal).failure.code).toBe('not_configured');
      return;
    }
    expect.fail('was open');
  });
});
