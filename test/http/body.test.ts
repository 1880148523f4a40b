import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../worker/errors.ts';
import { declaredBytes, drain, readBody } from '../../worker/http/body.ts';
import {
  FIRST_BUFFER_BYTES,
  MAX_BODY_MS,
  MAX_DRAIN_MS,
  MAX_DRAINED_BYTES,
} from '../../worker/limits.ts';

const request = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request('https://visavis.test/', { method: 'POST', body, headers });

/** A stream that gives these pieces, and then ends or says no more. */
const stream = (pieces: Uint8Array[], ends = true) =>
  new ReadableStream({
    type: 'bytes',
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece.slice());
      if (ends) controller.close();
    },
  });

/** Much faster than `toEqual`, which makes a string of each. */
const same = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && crypto.subtle.timingSafeEqual(a, b);

const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('was read'),
    (error: Refusal) => error.failure,
  );

describe('readBody', () => {
  it('reads bodies of every size around its buffers, declared or not', async () => {
    for (const size of [0, 1, 4096, FIRST_BUFFER_BYTES - 1, FIRST_BUFFER_BYTES, 3_000_001]) {
      const body = ramp(size);
      const declared = { 'content-length': String(size) };
      expect(same(await readBody(request(body, declared), 4_000_000), body)).toBe(true);
      const halves = [body.subarray(0, size >> 1), body.subarray(size >> 1)];
      const chunked = stream(halves.filter((half) => half.length > 0));
      expect(same(await readBody(request(chunked), 4_000_000), body)).toBe(true);
    }
    expect(await readBody(request(null), 10)).toEqual(new Uint8Array(0));
  });

  it('takes the cap and not a byte more', async () => {
    expect((await readBody(request(ramp(100)), 100)).length).toBe(100);
    expect((await readBody(request(stream([ramp(100)])), 100)).length).toBe(100);
    for (const body of [ramp(101), stream([ramp(101)]), stream([ramp(60), ramp(60)])]) {
      expect((await failure(readBody(request(body), 100))).code).toBe('payload_too_large');
    }
  });

  it('does not touch a body that is declared too large', async () => {
    const whole = request(ramp(101), { 'content-length': '101' });
    await failure(readBody(whole, 100));
    expect(whole.bodyUsed).toBe(false);
  });

  it('does not trust a length that is wrong', async () => {
    for (const declared of ['3', '50']) {
      const body = request(stream([ramp(20)]), { 'content-length': declared });
      expect(await readBody(body, 100)).toEqual(ramp(20));
    }
    expect(declaredBytes(request(stream([]), { 'content-length': '0x10' }))).toBeUndefined();
  });
});

describe('a client that is slow', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is told so when its body does not arrive in time', async () => {
    const refused = failure(readBody(request(stream([ramp(5)], false)), 100));
    await vi.advanceTimersByTimeAsync(MAX_BODY_MS - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refused).toMatchObject({ code: 'invalid_request' });
  });

  it('is not drained for long', async () => {
    const drained = drain(request(stream([ramp(5)], false)));
    await vi.advanceTimersByTimeAsync(MAX_DRAIN_MS);
    expect(await drained).toBe(5);
  });

  it('leaves no timer behind when it is not slow', async () => {
    await readBody(request(stream([ramp(5)])), 100);
    await drain(request(stream([ramp(5)])));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('drain', () => {
  it('reads what is left, also behind a reader that stopped', async () => {
    expect(await drain(request(stream([ramp(300_000)])))).toBe(300_000);
    const over = request(stream([ramp(200), ramp(300)]));
    await failure(readBody(over, 100));
    expect(await drain(over)).toBeGreaterThan(300);
  });

  it('leaves alone what has been read, is not there, or is too much', async () => {
    const read = request(ramp(5));
    await readBody(read, 100);
    expect(await drain(read)).toBe(0);
    expect(await drain(request(null))).toBe(0);
    const huge = { 'content-length': String(MAX_DRAINED_BYTES + 1) };
    expect(await drain(request(stream([ramp(5)], false), huge))).toBe(0);
  });
});
