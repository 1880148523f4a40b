/** Searches among templates, by a network that knows people by their names. */
import { expect } from 'vitest';
import type { Identification as Either, IdentifiedFace } from '../../client/types.ts';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import { call, file, formOf } from './api.ts';
import { ACME, deployment } from './login.ts';
import { peopleServices as models } from './people.ts';

export type Identification = Either<IdentifiedFace>;

export const env = await deployment();

/** A sealed template. @param picture of several names: of so many pictures */
export async function enrol(subject: string, picture = subject, key = ACME): Promise<string> {
  const body = formOf({ subject, image: file(picture) });
  const init = { method: 'POST', body, headers: key };
  const response = await call('/v1/templates', init, { models, env });
  return (await response.json<Enrolment>()).template;
}

export function identify(
  fields: Record<string, string | Blob>,
  key = ACME,
  more = env,
  of = models,
) {
  const init = { method: 'POST', body: formOf(fields), headers: key };
  return call('/v1/identify', init, { models: of, env: more });
}

export async function identified(fields: Record<string, string | Blob>): Promise<Identification> {
  const response = await identify(fields);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<Identification>();
}
