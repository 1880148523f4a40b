/** Galleries of a deployment whose network knows people by their names, as its API has them. */
import { expect } from 'vitest';
import type { Identification } from '../../client/types.ts';
import type { Models } from '../../worker/http/context.ts';
import { call, file, formOf, problemOf } from './api.ts';
import { ACME, deployment } from './login.ts';
import { peopleServices } from './people.ts';

export const env = await deployment();

/** One whose network has other weights. */
export const retrained: Models = {
  ...peopleServices,
  card: (name) => ({ ...peopleServices.card(name), sha256: '11'.repeat(32) }),
};

export interface Asked {
  /** Name of the gallery. */
  in: string;
  body?: BodyInit;
  key?: typeof ACME;
  of?: Models;
  more?: typeof env;
}

export function ask(method: string, path: string, asked: Asked): Promise<Response> {
  const { body, key = ACME, of = peopleServices, more = env } = asked;
  const headers = {
    ...key,
    ...(typeof body === 'string' && { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body !== undefined && { body }) };
  return call(`/v1/galleries/${asked.in}${path}`, init, { models: of, env: more });
}

export const put = (subject: string, picture: string, fields: object, asked: Asked) =>
  ask('PUT', `/subjects/${subject}`, {
    ...asked,
    body: formOf({ image: file(picture), ...fields }),
  });

export async function search(picture: string, asked: Asked): Promise<Identification> {
  const body = formOf({ probe: file(picture), gallery: asked.in, top: '10' });
  const init = { method: 'POST', body, headers: asked.key ?? ACME };
  const response = await call('/v1/identify', init, { models: asked.of ?? peopleServices, env });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<Identification>();
}

/** Subject that a picture is found to show. */
export const named = async (picture: string, asked: Asked) =>
  (await search(picture, asked)).faces[0]?.subject;

export const codeOf = async (response: Response) => (await problemOf(response)).code;
