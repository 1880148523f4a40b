/** Holds what a request carries against its schema. */
import type * as z from 'zod/mini';
import { Refusal } from '../../errors.ts';

/** @throws Refusal `invalid_request`, naming the field at fault */
export function check<Schema extends z.ZodMiniType>(
  schema: Schema,
  members: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  const result = schema.safeParse(members);
  if (result.success) return result.data;
  const { code, path, message } = result.error.issues[0] as z.core.$ZodIssue;
  const field = path.reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${key}]` : name + String(key)),
    '',
  );
  // A rule over several fields says itself what is amiss.
  const missing = code !== 'custom' && members[String(path[0])] === undefined;
  const detail = `\`${field}\` ${missing ? 'is missing' : message}.`;
  throw new Refusal({ code: 'invalid_request', detail, field });
}
