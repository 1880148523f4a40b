/** Time limits as runtimes have them, which take no number of milliseconds for granted. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, ConnectionError, Visavis } from '../../client/index.ts';

const OPTIONS = { url: 'https://faces.test', key: 'k' };

/** A deployment that answers after so many milliseconds, unless it is hung up on. */
const after = (milliseconds: number): typeof fetch =>
  vi.fn<typeof fetch>(
    (_, init) =>
      new Promise((resolve, reject) => {
        const { signal } = init as { signal: AbortSignal };
        const timer = setTimeout(() => resolve(Response.json({ name: 'x' })), milliseconds);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  );

it('waits for ever where it is told to', async () => {
  const fetch = async () => Response.json({ name: 'x' });
  const visavis = new Visavis({ ...OPTIONS, fetch });
  const timeoutMs = Number.POSITIVE_INFINITY;
  expect(await visavis.model({ timeoutMs })).toEqual({ name: 'x' });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(visavis.model({ timeoutMs, signal })).rejects.toThrow('enough');
});

it('gives a clustering of many pictures more time, unless it is told how much', async () => {
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const options = { ...OPTIONS, fetch: async () => Response.json({}) };
  const images = [new Blob(['one']), new Blob(['two'])];
  await new Visavis(options).cluster({ images });
  await new Visavis(options).cluster({ images }, { timeoutMs: undefined });
  await new Visavis({ ...options, timeoutMs: 7_000 }).cluster({ images });
  await new Visavis({ ...options, timeoutMs: 7_000 }).cluster({ images }, { timeoutMs: 8_000 });
  await new Visavis(options).model();
  const given = timer.mock.calls.map(([, milliseconds]) => milliseconds);
  timer.mockRestore();
  expect(given).toEqual([120_000, 120_000, 7_000, 8_000, 30_000]);
});

describe('a time limit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const ask = (timeoutMs: number, signal?: AbortSignal) =>
    new Visavis({ ...OPTIONS, fetch: after(1_000) })
      .model({ timeoutMs, signal })
      .catch((error) => error);

  it.each([
    ['a fraction', 1_500.5],
    ['more than a timer can have', 2 ** 31],
    ['more than AbortSignal.timeout takes', 2 ** 60],
  ])('may be %s', async (_, timeoutMs) => {
    const answer = ask(timeoutMs);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answer).toEqual({ name: 'x' });
  });

  it('that is past is over at once', async () => {
    const answer = ask(-5);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ code: 'timeout' });
  });

  it('needs no AbortSignal.any or timeout, which some runtimes lack', async () => {
    const lacking = class extends AbortSignal {
      static override any = undefined as never;
      static override timeout = undefined as never;
    };
    vi.stubGlobal('AbortSignal', lacking);
    const { signal, abort } = controlled();
    const answers = [ask(2_000), ask(500), ask(2_000, signal)];
    await vi.advanceTimersByTimeAsync(100);
    abort(new Error('enough'));
    await vi.advanceTimersByTimeAsync(1_000);
    vi.unstubAllGlobals();
    expect(await answers[0]).toEqual({ name: 'x' });
    expect(await answers[1]).toBeInstanceOf(ConnectionError);
    expect(await answers[1]).toMatchObject({ cause: { name: 'TimeoutError' } });
    expect((await answers[2]).message).toBe('enough');
  });

  it('leaves no timer behind, and no listener at a signal that many calls share', async () => {
    const { signal } = controlled();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const answer = ask(5_000, signal);
    await vi.advanceTimersByTimeAsync(1_000);
    await answer;
    expect(vi.getTimerCount()).toBe(0);
    expect(remove).toHaveBeenCalledOnce();
  });
});

it.each([
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: '5000' as unknown as number }],
  ['retries', { retries: Number('two') }],
])('asks for nothing where %s is no number: %j', async (name, limits) => {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.reject(new TypeError('failed')));
  const visavis = new Visavis({ ...OPTIONS, fetch, ...limits });
  const error = await visavis.model().catch((error) => error);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toMatchObject({
    code: 'invalid_number',
    message: expect.stringContaining(`\`${name}\``),
  });
  expect(fetch).not.toHaveBeenCalled();
});

it('copies a picture out of shared memory, which no Blob takes', async () => {
  // Blob as WebIDL has it, and Deno: shared memory is refused, which Node takes.
  const strict = class extends Blob {
    constructor(parts: BlobPart[], options?: BlobPropertyBag) {
      const shared = (part: unknown) =>
        ArrayBuffer.isView(part) && part.buffer instanceof SharedArrayBuffer;
      if (parts.some(shared)) throw new TypeError('is a view on a SharedArrayBuffer');
      super(parts, options);
    }
  };
  vi.stubGlobal('Blob', strict);
  const sent = vi.fn<typeof fetch>(async () => Response.json({}));
  const probe = new Uint8Array(new SharedArrayBuffer(8), 2, 3);
  probe.set([0xff, 0xd8, 0xff]);
  await new Visavis({ ...OPTIONS, fetch: sent })
    .verify({ reference: Buffer.from('reference'), probe })
    .finally(() => vi.unstubAllGlobals());
  const form = sent.mock.calls[0]?.[1]?.body as FormData;
  expect(await (form.get('reference') as File).text()).toBe('reference');
  expect([...new Uint8Array(await (form.get('probe') as File).arrayBuffer())]).toEqual([
    0xff, 0xd8, 0xff,
  ]);
});

function controlled() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: Error) => controller.abort(reason) };
}
