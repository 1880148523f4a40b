import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Owner, Upload } from '../../worker/http/upload.ts';
import { Uploads } from '../../worker/http/uploads.ts';

const bounds = {
  capacity: 100,
  shares: [80, 60],
  waitMs: 5_000,
  stallMs: 500,
  patienceMs: 2_000,
  leaseMs: 60_000,
  retryAfterSeconds: 2,
} as const;

/** State of a promise, without waiting for it. */
async function state(promise: Promise<unknown>): Promise<'in' | 'waiting' | 'refused'> {
  const settled = promise.then(
    () => 'in' as const,
    () => 'refused' as const,
  );
  await vi.advanceTimersByTimeAsync(0);
  return Promise.race([settled, Promise.resolve('waiting' as const)]);
}

describe('Uploads', () => {
  let uploads: Uploads;
  beforeEach(() => {
    vi.useFakeTimers();
    uploads = new Uploads(bounds);
  });
  afterEach(() => vi.useRealTimers());

  /** An upload that has brought so many of the bytes it will. */
  async function brought(owner: Owner, bytes: number, expected = bytes): Promise<Upload> {
    const upload = uploads.open(owner, expected);
    await upload.hold(bytes);
    upload.receive(bytes);
    return upload;
  }

  it('count what has come, and give it back once', async () => {
    const first = await brought(['acme', '1'], 50, 60);
    expect(uploads.held).toBe(50);
    await first.hold(40); // less than it has: nothing to do
    expect(uploads.held).toBe(50);
    first.free();
    first.free();
    expect(uploads.held).toBe(0);
    expect(uploads.size).toBe(0);
    await expect(first.hold(60)).rejects.toMatchObject({ failure: { code: 'overloaded' } });
  });

  it('leave room for others: an owner has a share, and so has each part of it', async () => {
    (await brought(['acme', '1'], 60)).end();
    expect(await state(uploads.open(['acme', '1'], 1).hold(1))).toBe('waiting');
    (await brought(['acme', '2'], 19)).end(); // one more is kept for the one that waits
    expect(await state(uploads.open(['acme', '3'], 1).hold(1))).toBe('waiting');
    expect(await state(uploads.open(['other', '1'], 21).hold(21))).toBe('in');
    expect(await state(uploads.open(['third', '1'], 1).hold(1))).toBe('waiting');
  });

  it('are let in when room is made, whoever holds least first', async () => {
    const large = await brought(['acme', '1'], 60);
    large.end();
    (await brought(['other', '1'], 10)).end();
    const other = await brought(['other', '1'], 30);
    other.end();
    const more = uploads.open(['other', '2'], 30).hold(30);
    const third = uploads.open(['third', '1'], 30).hold(30);
    expect(await state(more)).toBe('waiting');
    other.free();
    expect(await state(third)).toBe('in');
    expect(await state(more)).toBe('waiting');
    large.free();
    expect(await state(more)).toBe('in');
  });

  it('drop a stalled one of whoever holds most as soon as its room is wanted', async () => {
    const stalled = await brought(['acme', '1'], 40, 60);
    const other = await brought(['other', '1'], 30, 40);
    await brought(['third', '1'], 30, 40);
    await vi.advanceTimersByTimeAsync(bounds.stallMs);
    expect(await state(uploads.open(['fourth', '1'], 20).hold(20))).toBe('in');
    expect(await state(stalled.dropped)).toBe('in');
    expect(await state(other.dropped)).toBe('waiting');
    await expect(stalled.hold(60)).rejects.toMatchObject({ failure: { code: 'overloaded' } });
  });

  it('drop of one owner the slowest; one that moves only after a wait', async () => {
    const slow = await brought(['acme', '1'], 10, 20);
    const fast = await brought(['acme', '1'], 50, 60);
    (await brought(['other', '1'], 40)).end();
    const move = setInterval(() => {
      slow.receive(1);
      fast.receive(1);
    }, 100);
    const wanting = uploads.open(['third', '1'], 5).hold(5);
    await vi.advanceTimersByTimeAsync(bounds.patienceMs - 200);
    expect(await state(wanting)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(400);
    expect(await state(wanting)).toBe('in');
    expect(await state(slow.dropped)).toBe('in');
    expect(await state(fast.dropped)).toBe('waiting');
    clearInterval(move);
  });

  it('never drop what is complete, nor another for whose own share is used up', async () => {
    const complete = await brought(['acme', '1'], 60);
    complete.end();
    const other = await brought(['other', '1'], 20, 30);
    await vi.advanceTimersByTimeAsync(2 * bounds.patienceMs);
    const wanting = uploads.open(['acme', '1'], 10).hold(10);
    const refused = expect(wanting).rejects.toMatchObject({ failure: { code: 'overloaded' } });
    await vi.advanceTimersByTimeAsync(bounds.waitMs);
    await refused;
    expect(await state(complete.dropped)).toBe('waiting');
    expect(await state(other.dropped)).toBe('waiting');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keep room for the oldest of an owner to end: two that grow never wait for each other', async () => {
    const oldest = await brought(['acme', '1'], 20, 60);
    const second = await brought(['acme', '2'], 20, 60);
    const growing = second.hold(21);
    expect(await state(growing)).toBe('waiting');
    expect(await state(oldest.hold(60))).toBe('in');
    oldest.end();
    oldest.free();
    expect(await state(growing)).toBe('in');
    expect(await state(second.hold(60))).toBe('in');
  });

  it('give up what has lost its request', async () => {
    const lost = await brought(['acme', '1'], 60);
    lost.end();
    vi.setSystemTime(Date.now() + bounds.leaseMs - 1);
    expect(await state(uploads.open(['acme', '1'], 10).hold(10))).toBe('waiting');
    vi.setSystemTime(Date.now() + 1);
    const next = uploads.open(['acme', '2'], 30).hold(30);
    await vi.advanceTimersByTimeAsync(100); // who waits looks so often
    expect(await state(next)).toBe('in');
    lost.free(); // after all: nobody else's room goes with it
    expect(uploads.held).toBe(40);
  });
});
