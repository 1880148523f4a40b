/**
 * `GET /readyz`: whether this isolate can answer. It judges the settings, runs one inference and reads one
 * object, at most once in 30 s, however often it is asked: it needs no key.
 */
import type { Context, Handler } from 'hono';
import { isDevelopment } from '../auth/development.ts';
import { registry } from '../auth/tenants.ts';
import { Refusal } from '../errors.ts';
import type { Api, Env, Models } from '../http/context.ts';
import { noteError } from '../http/middleware.ts';
import { MAX_TURN_MS, READY_SECONDS } from '../limits.ts';
import { publicKeys } from '../login/assertion.ts';
import { attemptsOf } from '../login/attempts.ts';
import { keyRing } from '../login/sealed-token.ts';
import { checkSettings } from './settings.ts';

/** Fault, for the operator; nothing where there is none. */
type Finding = string | undefined;

/** Tenant and subject to ask about: an id of a tenant has no blank, so these are nobody's attempts. */
const NOBODY = ['ready check', 'nobody'] as const;

export function ready(models: Models): Handler<Api> {
  let last: { readonly until: number; readonly finding: Finding } | undefined;
  let lookingUntil = 0;

  return async (c) => {
    const now = Date.now();
    // While one request looks the others get the last finding: no request awaits another's promise. A
    // request that the platform dropped looks no more, and never says so.
    if (lookingUntil <= now && (last === undefined || last.until <= now)) {
      lookingUntil = now + MAX_TURN_MS;
      const looked = look(models, c)
        .then((finding) => {
          last = { until: Date.now() + READY_SECONDS * 1000, finding };
        })
        .finally(() => {
          lookingUntil = 0;
        });
      // A prober that hangs up, as one of a second's patience does after a cold start, shall not end it.
      c.executionCtx.waitUntil(looked.catch(() => {}));
      await looked;
    }
    const finding = last === undefined ? 'It is being found out.' : last.finding;
    if (finding === undefined) return c.json({ status: 'ready' });
    throw new Refusal({ code: 'unavailable', detail: finding });
  };
}

async function look(models: Models, c: Context<Api>): Promise<Finding> {
  const wrong = await wrongSetting(models, c.env);
  if (wrong !== undefined) return wrong;
  try {
    await (await models.load(c.env.MODEL)).check();
  } catch (error) {
    noteError(error, c);
    return 'The networks do not run.';
  }
  try {
    await attemptsOf(c.env.ATTEMPTS, ...NOBODY).status();
  } catch (error) {
    noteError(error, c);
    return 'The store of attempts cannot be read.';
  }
  return undefined;
}

/**
 * A setting that is wrong, or a secret that cannot be read, closes what needs it. A secret that is not
 * set need not be: who only compares pictures has API keys alone.
 */
async function wrongSetting(models: Models, env: Env): Promise<Finding> {
  try {
    checkSettings(models, env);
    const { keys } = registry(env);
    if (keys.length === 0 && !isDevelopment(env)) return 'No API key is configured.';
    if (env.TEMPLATE_KEYS) await keyRing(env);
    if (env.ASSERTION_KEYS) await publicKeys(env);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
