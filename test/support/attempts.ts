/** Attempts of subjects that no other test uses, in the real Durable Object, with a clock that is set. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { type Attempts, attemptsOf } from '../../worker/login/attempts.ts';

/** Seconds since 1970. Not before the machine's own time, or alarms would ring by themselves. */
export const NOW = Math.ceil(Date.now() / 1000) + 3_600;
export const LIFE = 120;

/** A subject that no other test uses. */
export const fresh = () => attemptsOf(env.ATTEMPTS, 'acme', crypto.randomUUID());
export type Stub = ReturnType<typeof fresh>;

/** Sets the object's clock. */
export const at = (stub: Stub, seconds: number) =>
  runInDurableObject(stub, (object: Attempts) => {
    object.now = () => seconds;
  });

/** All that the object has stored, and when its alarm rings. */
export const stored = (stub: Stub) =>
  runInDurableObject(stub, async (_, state) => ({
    keys: [...state.storage.kv.list()].map(([key]) => key),
    alarm: await state.storage.getAlarm(),
  }));

/** Failed attempts, the first at NOW; each as soon as the one before lets it. */
export async function fail(stub: Stub, times: number): Promise<number> {
  let now = NOW;
  for (let i = 0; i < times; i++) {
    await at(stub, now);
    now = (await stub.status()).delayedUntil ?? now;
    await at(stub, now);
    const claim = await stub.claim(crypto.randomUUID(), now + LIFE);
    expect(claim).toEqual({ kind: 'claimed' });
  }
  return now;
}
