/**
 * `GET /readyz`: can this isolate answer? It runs one inference and reads one object, at most once in
 * 30 s, however often it is asked: it needs no key.
 */
import type { Context, Handler } from 'hono';
import { isDevelopment } from '../auth/development.ts';
import { Refusal } from '../errors.ts';
import type { Api, Models } from '../http/context.ts';
import { noteError } from '../http/middleware.ts';
import { READY_SECONDS } from '../limits.ts';
import { attemptsOf } from '../login/attempts.ts';

/** Fault, for the operator; nothing where there is none. */
type Finding = string | undefined;

/** A tenant's id cannot have a blank: nobody's attempts. */
const NOBODY = ['ready check', 'nobody'] as const;

export function ready(models: Models): Handler<Api> {
  let last: { readonly until: number; readonly finding: Finding } | undefined;
  let looking = false;

  return async (c) => {
    // While one request looks the others get the last finding: no request awaits another's promise.
    if (!looking && (last === undefined || last.until <= Date.now())) {
      looking = true;
      try {
        const finding = await look(models, c);
        last = { until: Date.now() + READY_SECONDS * 1000, finding };
      } finally {
        looking = false;
      }
    }
    const finding = last === undefined ? 'It is being found out.' : last.finding;
    if (finding === undefined) return c.json({ status: 'ready' });
    throw new Refusal({ code: 'unavailable', detail: finding });
  };
}

async function look(models: Models, c: Context<Api>): Promise<Finding> {
  try {
    const model = await models.load(c.env.MODEL);
    await model.check();
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
  if (!isDevelopment(c.env) && !c.env.API_KEYS) return 'No API key is configured.';
  return undefined;
}
