import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { type Release, WeightedSemaphore } from '../../worker/http/semaphore.ts';

const bounds = { places: 2, weight: 10, waitMs: 5_000, leaseMs: 60_000, retryAfterSeconds: 2 };

/** State of a promise, without waiting for it. */
async function state(promise: Promise<unknown>): Promise<'in' | 'waiting' | 'refused'> {
  const settled = promise.then(
    () => 'in' as const,
    () => 'refused' as const,
  );
  await vi.advanceTimersByTimeAsync(0);
  return Promise.race([settled, Promise.resolve('waiting' as const)]);
}

describe('WeightedSemaphore', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('lets in as many as there are places, then the next in order of arrival', async () => {
    const gate = new WeightedSemaphore(bounds);
    const first = await gate.enter(1);
    await gate.enter(1);
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await gate.enter(1);
      order.push(name);
      return leave;
    };
    const third = enter('third');
    const fourth = enter('fourth');
    expect(await state(third)).toBe('waiting');
    first();
    (await third)();
    await fourth;
    expect(order).toEqual(['third', 'fourth']);
    expect(gate.inside).toBe(2);
    expect(gate.waiting).toBe(0);
  });

  it('counts weight as well as heads', async () => {
    const gate = new WeightedSemaphore(bounds);
    const heavy = await gate.enter(8);
    const light = gate.enter(3);
    expect(await state(light)).toBe('waiting');
    heavy();
    expect(await state(light)).toBe('in');
  });

  it('lets in alone what is heavier than all the room there is', async () => {
    const gate = new WeightedSemaphore(bounds);
    expect(await state(gate.enter(99))).toBe('in');
    expect(await state(gate.enter(1))).toBe('waiting');
  });

  it('does not let a light one pass a heavy one that waits', async () => {
    const gate = new WeightedSemaphore(bounds);
    const first = await gate.enter(6);
    const heavy = gate.enter(9);
    const light = gate.enter(1);
    expect(await state(light)).toBe('waiting');
    first();
    expect(await state(heavy)).toBe('in');
    expect(await state(light)).toBe('in');
  });

  it('refuses after the wait, and lets the next one try', async () => {
    const gate = new WeightedSemaphore(bounds);
    await gate.enter(6);
    const heavy = gate.enter(9);
    heavy.catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    const light = gate.enter(1);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(gate.waiting).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    const failure = await heavy.catch((error) => (error as Refusal).failure);
    expect(failure).toEqual({ code: 'overloaded', retryAfterSeconds: 2 });
    expect(await state(light)).toBe('in'); // only the heavy one stood in its way
    expect(gate.waiting).toBe(0);
  });

  it('gives a place back once, however often it is left', async () => {
    const gate = new WeightedSemaphore(bounds);
    const first = await gate.enter(1);
    await gate.enter(1);
    first();
    first();
    await gate.enter(1);
    expect(await state(gate.enter(1))).toBe('waiting');
  });

  it('takes back the place of a request that has vanished', async () => {
    const gate = new WeightedSemaphore(bounds);
    const vanished: Release = await gate.enter(10);
    vi.setSystemTime(Date.now() + bounds.leaseMs - 1);
    expect(await state(gate.enter(1))).toBe('waiting');
    vi.setSystemTime(Date.now() + 1);
    expect(await state(gate.enter(2))).toBe('in');
    expect(gate.inside).toBe(2);
    vanished(); // after all: nobody else's place goes with it
    expect(gate.inside).toBe(2);
  });

  it('is a refusal, not a crash', async () => {
    const gate = new WeightedSemaphore({ ...bounds, places: 1 });
    await gate.enter(1);
    const second = gate.enter(1);
    const refused = expect(second).rejects.toBeInstanceOf(Refusal);
    await vi.advanceTimersByTimeAsync(bounds.waitMs);
    await refused;
  });
});
