import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { Refusal } from '../../worker/errors.ts';
import type { Env } from '../../worker/http/context.ts';
import { MAX_TURN_MS, READY_SECONDS } from '../../worker/limits.ts';
import { call, ENV, fakeModel, fakeModels, problemOf } from '../support/api.ts';
import { deployment } from '../support/login.ts';

// The first object loads the Worker, which can take a busy machine a minute.
beforeAll(async () => {
  await deployment();
}, 300_000);

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** An isolate, asked again and again. */
function isolate(
  check: () => Promise<void>,
  env: Env = ENV,
  waitUntil = (_: Promise<unknown>) => {},
) {
  const app = createApp(fakeModels({ load: async () => fakeModel({ check }) }));
  const ctx = { waitUntil, passThroughOnException() {}, props: {} } as never;
  return async () => app.fetch(new Request('https://visavis.test/readyz'), env, ctx);
}

describe('GET /readyz', () => {
  it('looks once in 30 s, however often it is asked', async () => {
    const check = vi.fn(async () => {});
    const ask = isolate(check);
    for (let i = 0; i < 5; i++) {
      const answer = await ask();
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ status: 'ready' });
    }
    expect(check).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + READY_SECONDS * 1000);
    await ask();
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('looks again where the request that looked was dropped, and is asked to go on when its prober hangs up', async () => {
    const dropped = new Promise<void>(() => {});
    const check = vi.fn(async () => {}).mockImplementationOnce(() => dropped);
    const kept = vi.fn();
    const ask = isolate(check, ENV, kept);
    void ask();
    await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(1));
    expect(kept).toHaveBeenCalledWith(expect.any(Promise));
    expect((await problemOf(await ask())).detail).toBe('It is being found out.');
    vi.setSystemTime(Date.now() + MAX_TURN_MS);
    expect((await ask()).status).toBe(200);
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('is not ready where the networks do not fit each other', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const load = async () => {
      throw new Refusal({ code: 'not_configured', detail: 'no such cascade' });
    };
    const misfit = await call('/readyz', {}, { models: fakeModels({ load }) });
    expect(misfit.status).toBe(503);
  });

  it('says what cannot: the networks, the store of attempts, the keys', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const { ATTEMPTS: _, ...lacking } = ENV;
    const deployed = await deployment();
    const { API_KEYS: __, ...keyless } = deployed;
    const cases: [() => Promise<void>, Env, RegExp][] = [
      [() => Promise.reject(new Error('unreachable')), ENV, /networks/],
      [async () => {}, lacking, /attempts/],
      [async () => {}, keyless, /key/],
      [async () => {}, { ...deployed, API_KEYS: '[{' }, /API_KEYS cannot be read/],
      [async () => {}, { ...deployed, TEMPLATE_KEYS: 'short' }, /TEMPLATE_KEYS/],
      [async () => {}, { ...deployed, ASSERTION_KEYS: '{}' }, /ASSERTION_KEYS/],
    ];
    for (const [check, env, detail] of cases) {
      const answer = await isolate(check, env)();
      expect(answer.status).toBe(503);
      const problem = await problemOf(answer);
      expect(problem.code).toBe('unavailable');
      expect(problem.detail).toMatch(detail);
      expect(JSON.stringify(problem)).not.toContain('unreachable');
    }
  });

  it('asks for no secret that a deployment may do without', async () => {
    const { TEMPLATE_KEYS: _, ASSERTION_KEYS: __, ...comparing } = await deployment();
    expect((await isolate(async () => {}, comparing)()).status).toBe(200);
  });

  it('is well again when the networks are', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    let broken = true;
    const ask = isolate(async () => {
      if (broken) throw new Error('unreachable');
    });
    expect((await ask()).status).toBe(503);
    broken = false;
    expect((await ask()).status).toBe(503); // it is not looked again so soon
    vi.setSystemTime(Date.now() + READY_SECONDS * 1000);
    expect((await ask()).status).toBe(200);
  });
});
