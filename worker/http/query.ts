/** Parameters of a URL: taken by the routes that have some, refused by all others. */
import type { Context, MiddlewareHandler } from 'hono';
import type * as z from 'zod/mini';
import { check } from '../api/schema/check.ts';
import { Refusal } from '../errors.ts';
import type { Api } from './context.ts';
import { plainName } from './field-name.ts';

/**
 * Refuses a URL with parameters. Quietly ignored, `?far=0.00001` would be a wrong answer, and
 * `?subject=anna` the deletion of a whole gallery.
 *
 * @throws Refusal `invalid_request`, naming the parameter
 */
export function refuseParameters(url: string, instead = ''): void {
  const [parameter] = new URL(url).searchParams.keys();
  if (parameter === undefined) return;
  throw refusal(parameter, `is in the URL, where nothing is read${instead}`);
}

/** The same before a route without a body. */
export const withoutParameters: MiddlewareHandler<Api> = async (c, next) => {
  refuseParameters(c.req.url);
  await next();
};

/**
 * The parameters of a URL, each of which may come once.
 *
 * @throws Refusal `invalid_request`, naming the parameter
 */
export function readParameters<Schema extends z.ZodMiniObject>(
  c: Context<Api>,
  schema: Schema,
): z.output<Schema> {
  const entries = [...new URL(c.req.url).searchParams];
  const names = entries.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw refusal(twice, 'is in the URL more than once');
  const known = Object.keys(schema.shape);
  const other = names.find((name) => !known.includes(name));
  if (other !== undefined) {
    throw refusal(
      other,
      `is not known here; known are ${known.map((name) => `\`${name}\``).join(', ')}`,
    );
  }
  return check(schema, Object.fromEntries(entries));
}

function refusal(parameter: string, fault: string): Refusal {
  const field = plainName(parameter);
  const detail = `${field === undefined ? 'A parameter' : `\`${field}\``} ${fault}.`;
  return new Refusal({ code: 'invalid_request', detail, ...(field !== undefined && { field }) });
}
