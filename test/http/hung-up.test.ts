/** Requests whose client hangs up while their work waits for its turn. */
import { beforeAll, expect, it, vi } from 'vitest';
import type { Env } from '../../worker/http/context.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { call, fakeModel, fakeModels, file, formOf } from '../support/api.ts';
import {
  ACME,
  begin,
  codeOf,
  deployment,
  frames,
  OTHER,
  respond,
  watched,
} from '../support/login.ts';

let env: Env;
// The first object loads the Worker, which can take a busy machine a minute.
beforeAll(async () => {
  env = await deployment();
}, 300_000);

/** A verification of another tenant whose turn lasts until it is told to end. */
async function busy() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const verify = vi.fn(async (input) => {
    await promise;
    return fakeModel().verify(input);
  });
  const models = fakeModels({ load: async () => fakeModel({ verify }) });
  const body = formOf({ reference: file(), probe: file() });
  const answer = call('/v1/verify', { method: 'POST', body, headers: OTHER }, { env, models });
  await vi.waitFor(() => expect(verify).toHaveBeenCalled());
  return async () => {
    resolve();
    expect((await answer).status).toBe(200);
  };
}

/** Time shorter than a wait for a turn. */
const shortWhile = () => new Promise((resolve) => setTimeout(resolve, 100));

it('take no turn, while those who wait on are served', async () => {
  const end = await busy();
  const client = new AbortController();
  const verify = vi.fn(fakeModel().verify);
  const models = fakeModels({ load: async () => fakeModel({ verify }) });
  const send = (signal?: AbortSignal) => {
    const body = formOf({ reference: file(), probe: file() });
    const init = { method: 'POST', body, headers: ACME, ...(signal && { signal }) };
    return call('/v1/verify', init, { env, models });
  };
  const [gone, patient] = [send(client.signal), send()];
  await shortWhile(); // both stand in line
  client.abort();
  await shortWhile();
  await end();
  expect(await codeOf(await gone)).toBe('overloaded');
  expect((await patient).status).toBe(200);
  expect(verify).toHaveBeenCalledTimes(1);
});

it('of a login count no failure, and leave the challenge to be answered', async () => {
  const login = await begin({ env });
  const end = await busy();
  const attempts = attemptsOf(env.ATTEMPTS, 'acme', login.subject);
  const client = new AbortController();
  const { models, respond: judge } = watched();
  const init = { method: 'POST', body: frames(login.challenge), signal: client.signal };
  const gone = call(`/v1/challenges/${login.id}/response`, init, { env, models });
  await vi.waitFor(async () => expect((await attempts.status()).failures).toBe(1));
  client.abort();
  await shortWhile();
  await end();
  expect(await codeOf(await gone)).toBe('overloaded');
  expect((await attempts.status()).failures).toBe(0);
  expect(judge).not.toHaveBeenCalled();
  expect((await respond(login, { env, models })).status).toBe(200);
});
