import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { FairQueue } from '../../worker/http/fair-queue.ts';

const bounds = { waitMs: 5_000, leaseMs: 10_000, retryAfterSeconds: 2 };

/** Work that ends when it is told to. */
function task(name: string, log: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = async () => {
    log.push(name);
    await promise;
    return name;
  };
  return { work, end: resolve };
}

describe('FairQueue', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('are taken one at a time, in rotation: nobody stands behind forty of another', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const ends: Promise<unknown>[] = [];
    const first = task('first', log);
    ends.push(turns.run('acme', first.work));
    for (const party of ['acme', 'acme', 'acme', 'other', 'third', 'other']) {
      ends.push(turns.run(party, async () => void log.push(party)));
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['first']);
    expect(turns.length).toBe(6);
    first.end();
    await vi.runAllTimersAsync();
    await Promise.all(ends);
    expect(log).toEqual(['first', 'acme', 'other', 'third', 'acme', 'other', 'acme']);
    expect(turns.length).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go on after work that fails', async () => {
    const turns = new FairQueue(bounds);
    const failing = turns.run('acme', () => Promise.reject(new Error('broken')));
    const next = turns.run('acme', async () => 'done');
    const expected = expect(failing).rejects.toThrow('broken');
    await vi.advanceTimersByTimeAsync(1);
    await expected;
    expect(await next).toBe('done');
  });

  it('let the thread go in between: what arrives meanwhile is not held up', async () => {
    vi.useRealTimers();
    const turns = new FairQueue(bounds);
    let taken = 0;
    const event = new Promise<number>((resolve) => setTimeout(() => resolve(taken)));
    const ends = Array.from({ length: 10 }, () => turns.run('acme', async () => void taken++));
    expect(taken).toBe(0); // the first too: others may be about to stand in line
    expect(await event).toBeLessThan(3);
    await Promise.all(ends);
    expect(taken).toBe(10);
  });

  it('that do not come in time are refused, and forgotten', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const long = task('long', log);
    const held = turns.run('acme', long.work);
    const refused = turns.run('acme', async () => void log.push('late'));
    const expected = expect(refused).rejects.toMatchObject({
      failure: { code: 'overloaded', retryAfterSeconds: 2 },
    });
    await vi.advanceTimersByTimeAsync(bounds.waitMs);
    await expected;
    long.end();
    await held;
    expect(log).toEqual(['long']);
    const next = turns.run('acme', async () => 'next');
    await vi.advanceTimersByTimeAsync(0);
    expect(await next).toBe('next');
  });

  it('are refused as well when no timer got the thread in time', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const long = task('long', log);
    const held = turns.run('acme', long.work);
    const refused = turns.run('acme', async () => void log.push('late'));
    const expected = expect(refused).rejects.toMatchObject({ failure: { code: 'overloaded' } });
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(Date.now() + bounds.waitMs - 1);
    const inTime = turns.run('other', async () => void log.push('in time'));
    vi.setSystemTime(Date.now() + 1);
    long.end();
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([held, expected, inTime]);
    expect(log).toEqual(['long', 'in time']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are not taken for who is gone: from the line at once, and from the head of it', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const long = task('long', log);
    const held = turns.run('acme', long.work);
    const [queued, first] = [new AbortController(), new AbortController()];
    const gone = turns.run('acme', async () => void log.push('gone'), queued.signal);
    const served = turns.run(
      'acme',
      async () => void log.push('served'),
      new AbortController().signal,
    );
    const expected = expect(gone).rejects.toMatchObject({ failure: { code: 'overloaded' } });
    queued.abort();
    await expected; // though the turn before it goes on
    expect(turns.length).toBe(1);
    long.end();
    await vi.runAllTimersAsync();
    await Promise.all([held, served]);
    const before = turns.run('acme', async () => void log.push('aborted'), first.signal);
    first.abort();
    const refused = expect(before).rejects.toBeInstanceOf(Refusal);
    const next = turns.run('acme', async () => void log.push('next'));
    await vi.runAllTimersAsync();
    await Promise.all([refused, next]);
    expect(log).toEqual(['long', 'served', 'next']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are taken at the last moment where the lease of a vanished one has ended', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const lost = task('lost', log);
    const vanished = turns.run('acme', lost.work);
    await vi.advanceTimersByTimeAsync(bounds.leaseMs - bounds.waitMs);
    const last = turns.run('acme', async () => 'served');
    await vi.advanceTimersByTimeAsync(bounds.waitMs + 1);
    expect(await last).toBe('served');
    lost.end();
    await vanished;
  });

  it('whose request has vanished end by themselves, and harm nobody when they come back', async () => {
    const turns = new FairQueue(bounds);
    const log: string[] = [];
    const vanished = task('vanished', log);
    const lost = turns.run('acme', vanished.work);
    vi.setSystemTime(Date.now() + bounds.leaseMs);
    const second = task('second', log);
    const running = turns.run('acme', second.work);
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['vanished', 'second']);
    vanished.end();
    await lost;
    const third = turns.run('acme', async () => void log.push('third'));
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['vanished', 'second']); // the second's turn is not over
    second.end();
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all([running, third]);
    expect(log.at(-1)).toBe('third');
  });
});
