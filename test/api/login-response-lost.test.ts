/** Responses whose calls of the store come to nothing, or whose answers from it are lost. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../../worker/http/context.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { begin, codeOf, deployment, respond, watched } from '../support/login.ts';

let env: Env;
// The first object loads the Worker, which can take a busy machine a minute.
beforeAll(async () => {
  env = await deployment();
}, 300_000);
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

type Call = 'claim' | 'succeed';
type Fate = 'lost' | 'unsent';

/** Error of a stub, as the platform throws it where the object was moved. */
const moved = () => Object.assign(new Error('moved'), { retryable: true });

/**
 * The deployment, whose first calls of this name fail, one after the other: the object gets them and
 * the answer is lost, or it does not. A stub that has failed once is of no use any more.
 */
function losing(name: Call, fates: Fate[], error = moved): Env {
  const { ATTEMPTS } = env;
  if (ATTEMPTS === undefined) throw new Error('no attempts');
  const get = (id: DurableObjectId) => {
    const real = ATTEMPTS.get(id);
    let broken = false;
    const through =
      (called: Call | 'giveBack') =>
      async (...args: [string, number, string]) => {
        if (broken) throw new Error('a broken stub');
        const fate = called === name ? fates.shift() : undefined;
        broken = fate !== undefined;
        if (fate === 'unsent') throw error();
        const answer = await (real[called] as (...args: unknown[]) => Promise<unknown>)(...args);
        if (fate === 'lost') throw error();
        return answer;
      };
    const stub = { claim: through('claim'), succeed: through('succeed') };
    return { ...stub, giveBack: through('giveBack'), status: () => real.status() };
  };
  const idFromName = (text: string) => ATTEMPTS.idFromName(text);
  const idFromString = (text: string) => ATTEMPTS.idFromString(text);
  const namespace = { idFromName, idFromString, get };
  return { ...env, ATTEMPTS: namespace as unknown as typeof ATTEMPTS };
}

const failuresOf = async (subject: string) =>
  (await attemptsOf(env.ATTEMPTS, 'acme', subject).status()).failures;

describe.each<Call>(['claim', 'succeed'])('a response whose %s', (name) => {
  it.each<Fate>(['lost', 'unsent'])('is %s once ends as if it were not', async (fate) => {
    const given = await begin({ env });
    const { models, respond: looked } = watched();
    const answer = await respond(given, { env: losing(name, [fate]), models });
    expect(answer.status).toBe(200);
    expect(looked).toHaveBeenCalledTimes(1);
    expect(await failuresOf(given.subject)).toBe(0);
    expect(await codeOf(await respond(given, { env, models }))).toBe('challenge_used');
  });

  it('is lost once and fails is one failure', async () => {
    const given = await begin({ env });
    const { models } = watched({
      respond: async () => ({ ok: name === 'succeed', step: 'match' }) as never,
    });
    await respond(given, { env: losing(name, ['lost']), models });
    expect(await failuresOf(given.subject)).toBe(name === 'succeed' ? 0 : 1);
  });
});

it('is not insisted on where the store has too much to do, or is at fault', async () => {
  for (const [flags, code] of [
    [{ overloaded: true, retryable: true }, 'overloaded'],
    [{}, 'internal'],
  ] as const) {
    const given = await begin({ env });
    const fates: Fate[] = ['unsent', 'unsent'];
    const busy = losing('claim', fates, () => Object.assign(new Error('busy'), flags) as never);
    expect(await codeOf(await respond(given, { env: busy }))).toBe(code);
    expect(fates).toHaveLength(1);
  }
});

it('is unavailable where the claim comes to nothing twice, and may be sent again', async () => {
  const given = await begin({ env });
  const answer = await respond(given, { env: losing('claim', ['unsent', 'unsent']) });
  expect(await codeOf(answer)).toBe('unavailable');
  expect((await respond(given, { env })).status).toBe(200);
});
