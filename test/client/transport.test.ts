import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, ConnectionError, Visavis } from '../../client/index.ts';
import { clientOf, jpeg, refusal } from '../support/client.ts';

describe('retries', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Answers in turn, the last one for ever. */
  const inTurn = (...answers: (() => Response | Promise<Response>)[]) => {
    let next = 0;
    return () => answers[Math.min(next++, answers.length - 1)]?.() as Response;
  };
  const busy = refusal('overloaded', 503, { 'retry-after': '2' });

  it('wait as long as Retry-After says', async () => {
    const { visavis, requests } = clientOf(inTurn(busy, () => Response.json({ name: 'x' })));
    const model = visavis.model();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await model).toEqual({ name: 'x' });
    expect(requests).toHaveLength(2);
  });

  it('send the whole body again', async () => {
    const { visavis, requests } = clientOf(inTurn(busy, () => Response.json({})));
    const answer = visavis.verify({ reference: jpeg, probe: jpeg });
    await vi.advanceTimersByTimeAsync(2_000);
    await answer;
    for (const request of requests) {
      expect([...(await request.formData()).keys()]).toEqual(['reference', 'probe']);
    }
  });

  it('end after two', async () => {
    const { visavis, requests } = clientOf(busy);
    const error = visavis.model().catch((error) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await error).toMatchObject({ code: 'overloaded', retryAfterSeconds: 2 });
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['a wait that is the caller’s to plan', refusal('rate_limited', 429, { 'retry-after': '60' })],
    ['a subject that has to wait', refusal('too_many_attempts', 429, { 'retry-after': '1' })],
    ['a picture that stays what it is', refusal('no_face', 422)],
    ['a failure of the Worker’s own', refusal('internal', 500)],
  ])('are not made for %s', async (_, answer) => {
    const { visavis, requests } = clientOf(answer);
    const error = visavis.model().catch((error) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await error).toBeInstanceOf(ApiError);
    expect(requests).toHaveLength(1);
  });

  it('are made where the network fails, which then has its own error', async () => {
    const { visavis, requests } = clientOf(() => Promise.reject(new TypeError('fetch failed')));
    const error = visavis.model().catch((error) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await error).toBeInstanceOf(ConnectionError);
    expect(await error).toMatchObject({ code: 'unreachable', cause: expect.any(TypeError) });
    expect(requests).toHaveLength(3);
  });

  const gone = refusal('not_found', 404);
  const broken = () => Promise.reject(new TypeError('fetch failed'));
  const badGateway = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
  const deletions: [string, (visavis: Visavis) => Promise<void>][] = [
    ['a subject', (visavis) => visavis.gallery('staff').remove('anna')],
    ['a gallery', (visavis) => visavis.gallery('staff').clear()],
  ];

  it.each(deletions)(
    'take what is gone for deleted where no answer came: %s',
    async (_, remove) => {
      for (const lost of [broken, badGateway]) {
        const { visavis, requests } = clientOf(inTurn(lost, busy, gone));
        const removed = remove(visavis);
        await vi.advanceTimersByTimeAsync(60_000);
        expect(await removed).toBeUndefined();
        expect(requests).toHaveLength(3);
      }
    },
  );

  it.each(deletions)('do not where it was gone before: %s', async (_, remove) => {
    for (const answers of [[gone], [busy, gone]]) {
      const error = remove(clientOf(inTurn(...answers)).visavis).catch((error) => error);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await error).toMatchObject({ code: 'not_found' });
    }
  });

  it('take nothing else for done', async () => {
    const { visavis } = clientOf(inTurn(broken, gone));
    const error = visavis
      .gallery('staff')
      .get('anna')
      .catch((error) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await error).toMatchObject({ code: 'not_found' });
  });

  it('end at once when the caller stops', async () => {
    const { visavis, requests } = clientOf(busy);
    const stop = new AbortController();
    const error = visavis.model({ signal: stop.signal }).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort(new Error('enough'));
    expect((await error).message).toBe('enough');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(1);
  });
});

it('gives up on an answer that does not come in time', async () => {
  const fetch: typeof globalThis.fetch = (_, init) =>
    new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  const visavis = new Visavis({ url: 'https://faces.test', key: 'k', fetch, timeoutMs: 20 });
  const error = await visavis.model().catch((error) => error);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.code).toBe('timeout');
});
