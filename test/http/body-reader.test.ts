import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../worker/errors.ts';
import { BodyReader, declaredBytes, drain } from '../../worker/http/body-reader.ts';
import { Uploads } from '../../worker/http/uploads.ts';
import {
  FIRST_BUFFER_BYTES,
  LEAST_READ_BYTES,
  MAX_BODY_MS,
  MAX_DRAIN_MS,
  MAX_DRAINED_BYTES,
  MAX_DRAINS,
  MIN_BODY_BYTES_PER_SECOND,
  PACE_GRACE_MS,
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

const uploads = new Uploads({
  capacity: 10_000_000,
  shares: [8_000_000],
  waitMs: 1_000,
  stallMs: 100,
  patienceMs: 200,
  leaseMs: 600_000,
  retryAfterSeconds: 2,
});

/** The whole body, as `body.ts` reads it. */
async function readBody(request: Request, cap: number): Promise<Uint8Array> {
  const reader = new BodyReader(request, cap, uploads.open(['acme'], cap + 1));
  try {
    while (!reader.ended) await reader.more();
    return reader.bytes.slice();
  } finally {
    reader.free();
  }
}

const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('was read'),
    (error: Refusal) => error.failure,
  );

describe('BodyReader', () => {
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

  it('does not trust a length that is wrong', async () => {
    for (const declared of ['3', '50']) {
      const body = request(stream([ramp(20)]), { 'content-length': declared });
      expect(await readBody(body, 100)).toEqual(ramp(20));
    }
    expect(declaredBytes(request(stream([]), { 'content-length': '0x10' }))).toBeUndefined();
  });
});

describe('a body in pieces of one byte', () => {
  const BYTES = 10_000;
  const pieces = () => {
    let left = BYTES;
    const pull = (controller: ReadableByteStreamController) => {
      if (left-- > 0) controller.enqueue(ramp(1));
      else controller.close();
    };
    return request(new ReadableStream({ type: 'bytes', pull }));
  };
  const reads = () =>
    (['read', 'readAtLeast'] as const).map((name) =>
      vi.spyOn(ReadableStreamBYOBReader.prototype, name),
    );
  afterEach(() => vi.restoreAllMocks());

  it('takes a read every few thousand, kept or thrown away', async () => {
    const spies = reads();
    expect((await readBody(pieces(), 20_000)).length).toBe(BYTES);
    expect(await drain(pieces())).toBe(BYTES);
    expect(spies.flatMap(({ mock }) => mock.calls).length).toBeLessThan(20);
  });
});

describe('a client that is slow', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is told so when its body does not arrive in time', async () => {
    const refused = failure(readBody(request(stream([ramp(16_384)], false)), 100_000));
    const late = PACE_GRACE_MS + 16_384_000 / MIN_BODY_BYTES_PER_SECOND;
    await vi.advanceTimersByTimeAsync(late - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(uploads.size).toBe(0); // first: a read that goes on for ever is not waited for
    expect(await refused).toMatchObject({ code: 'invalid_request', detail: /too slowly/ });
  });

  it('is not taken for slow while it is the thread that was busy', async () => {
    let arrive: (bytes: Uint8Array) => void = () => {};
    const source = {
      type: 'bytes' as const,
      start(controller: ReadableByteStreamController) {
        arrive = (bytes) => {
          controller.enqueue(bytes);
          controller.close();
        };
      },
    };
    const reading = readBody(request(new ReadableStream(source)), 100_000);
    await vi.advanceTimersByTimeAsync(1);
    vi.setSystemTime(Date.now() + PACE_GRACE_MS); // turns on faces, during which no event ran
    await vi.advanceTimersByTimeAsync(PACE_GRACE_MS);
    arrive(ramp(5));
    expect(await reading).toEqual(ramp(5));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is refused all the same where nothing comes, however busy the thread is', async () => {
    const refused = failure(readBody(request(stream([ramp(10)], false)), 100_000));
    await vi.advanceTimersByTimeAsync(1);
    const begun = Date.now();
    await vi.advanceTimersByTimeAsync(PACE_GRACE_MS - 100);
    for (let turn = 0; turn < 10; turn++) {
      vi.setSystemTime(Date.now() + 1_000);
      await vi.advanceTimersByTimeAsync(turn === 0 ? 100 : 50); // each alarm rings late
    }
    expect(uploads.size).toBe(0);
    expect((await refused).code).toBe('invalid_request');
    expect(Date.now() - begun).toBeLessThan(MAX_BODY_MS);
  });

  it('may keep the least pace, but not for ever', async () => {
    let sent = 0;
    const trickle = new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        controller.enqueue(ramp(MIN_BODY_BYTES_PER_SECOND));
        sent += MIN_BODY_BYTES_PER_SECOND;
      },
    });
    const refused = failure(readBody(request(trickle), 7_000_000));
    await vi.advanceTimersByTimeAsync(MAX_BODY_MS + 1_000);
    expect(await refused).toMatchObject({ code: 'invalid_request' });
    expect(sent).toBeGreaterThan(100 * MIN_BODY_BYTES_PER_SECOND);
  });

  it('holds no more than has come, whatever it said', async () => {
    const declared = { 'content-length': '6000000' };
    const refused = failure(readBody(request(stream([ramp(10_000)], false), declared), 7_000_000));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(uploads.held).toBeLessThan(2 * 10_000 + FIRST_BUFFER_BYTES);
    await vi.advanceTimersByTimeAsync(PACE_GRACE_MS);
    await refused;
    expect(uploads.held).toBe(0);
  });

  it('is not drained for long', async () => {
    const drained = drain(request(stream([ramp(LEAST_READ_BYTES + 5)], false)));
    await vi.advanceTimersByTimeAsync(MAX_DRAIN_MS);
    expect(await drained).toBeGreaterThanOrEqual(LEAST_READ_BYTES);
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

  it('drains not all of a flood: each takes a buffer', async () => {
    vi.useFakeTimers();
    const many = Array.from({ length: MAX_DRAINS + 3 }, () =>
      drain(request(stream([ramp(LEAST_READ_BYTES)], false))),
    );
    await vi.advanceTimersByTimeAsync(MAX_DRAIN_MS);
    const drained = await Promise.all(many);
    expect(drained.filter((bytes) => bytes === 0).length).toBe(3);
    vi.useRealTimers();
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
