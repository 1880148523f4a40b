/** Two tenants of a deployment, and the steps of a login as each of them would make them. */
import { expect, vi } from 'vitest';
import type { Challenge } from '../../worker/api/challenges.docs.ts';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import {
  DEVELOPMENT_ASSERTION_KEYS,
  DEVELOPMENT_TEMPLATE_KEYS,
} from '../../worker/auth/development.ts';
import type { Scope } from '../../worker/auth/tenants.ts';
import type { Env, Model, Models } from '../../worker/http/context.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import {
  call,
  ENV,
  fakeModel,
  fakeModels,
  file,
  formOf,
  keyEntry,
  problemOf,
  tenantEntry,
} from './api.ts';

export const ACME = { authorization: 'Bearer acme-key' };
export const OTHER = { authorization: 'Bearer other-key' };

export const AUDIENCE = 'https://login.acme.example';
export const OTHER_AUDIENCE = 'https://login.other.example';
export const NONCE = 'nonce-0123456789';

/** The tenants of `deployment`, of which any part may be replaced. */
export async function tenantsSecret(
  more: { scopes?: readonly Scope[]; audiences?: readonly string[]; origins?: string[] } = {},
): Promise<string> {
  const { scopes, audiences = [AUDIENCE], origins = [AUDIENCE] } = more;
  return JSON.stringify([
    tenantEntry('acme', [await keyEntry('web-1', 'acme-key', scopes)], { audiences, origins }),
    tenantEntry('other', [await keyEntry('web-1', 'other-key')], {
      audiences: [OTHER_AUDIENCE],
      origins: [OTHER_AUDIENCE],
    }),
  ]);
}

const unlimited: RateLimit = { limit: async () => ({ success: true }) };

/**
 * A deployment with its secrets, of which nothing is limited. Its first Durable Object loads the whole
 * Worker, which on a busy machine takes longer than a challenge lives: so one is asked beforehand.
 */
export async function deployment(more: Partial<Env> = {}): Promise<Env> {
  await attemptsOf(ENV.ATTEMPTS, 'nobody', 'nobody').status();
  const { ENVIRONMENT: _, ...deployed } = ENV;
  return {
    ...deployed,
    API_KEYS: await tenantsSecret(),
    TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS,
    ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS,
    RATE_VERIFY: unlimited,
    RATE_ENROL: unlimited,
    RATE_LOGIN: unlimited,
    RATE_SUBJECT: unlimited,
    RATE_ATTEMPTS: unlimited,
    ISSUER: 'https://visavis.test',
    RATE_RESPONSE: unlimited,
    RATE_IDENTIFY: unlimited,
    RATE_GALLERY: unlimited,
    ...more,
  };
}

/** Options of every step below: who asks, and of which deployment. */
export interface Asked {
  readonly env: Env;
  readonly models?: Models;
  readonly key?: Record<string, string>;
}

/** A subject that no other test has touched: its attempts last as long as the tests run. */
export const newSubject = () => `subject-${crypto.randomUUID()}`;

export async function enrol(
  subject: string,
  { env, models = fakeModels(), key = ACME }: Asked,
): Promise<Enrolment> {
  const body = formOf({ image: file('face'), subject });
  const init = { method: 'POST', body, headers: key };
  return succeeded(await call('/v1/templates', init, { env, models }), 201);
}

export interface ChallengeRequest {
  readonly subject: string;
  readonly template: string;
  readonly audience?: string;
  readonly nonce?: string;
  readonly far?: number | string;
}

export function askChallenge(
  fields: object,
  { env, models = fakeModels(), key = ACME }: Asked,
): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...key };
  const body = JSON.stringify({ audience: AUDIENCE, nonce: NONCE, ...fields });
  return call('/v1/challenges', { method: 'POST', body, headers }, { env, models });
}

export async function challenge(fields: ChallengeRequest, asked: Asked): Promise<Challenge> {
  return succeeded(await askChallenge(fields, asked), 201);
}

/** Enrols a new subject and begins a login. */
export async function begin(asked: Asked, more: Partial<ChallengeRequest> = {}) {
  const subject = more.subject ?? newSubject();
  const { template } = await enrol(subject, asked);
  return { ...(await challenge({ subject, template, ...more }, asked)), subject, template };
}

/** The form that a browser sends. */
export function frames(challenge: string): FormData {
  const form = formOf({ challenge, frontal: file('frontal') });
  for (const i of [0, 1, 2]) form.append('action', file(`action ${i}`));
  return form;
}

export function respond(
  { id, challenge }: { id: string; challenge: string },
  { env, models = fakeModels() }: Asked,
  {
    headers = {},
    body = frames(challenge),
  }: { headers?: Record<string, string>; body?: BodyInit } = {},
): Promise<Response> {
  const init = { method: 'POST', body, headers };
  return call(`/v1/challenges/${id}/response`, init, { env, models });
}

async function succeeded<Answer>(response: Response, status: number): Promise<Answer> {
  if (response.status !== status) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<Answer>();
}

/** Models with this in the model, which says how often it was asked about frames. */
export function watched(more: Partial<Model> = {}) {
  const respond = vi.fn(more.respond ?? (async () => ({ ok: true }) as const));
  const models = fakeModels({ load: async () => fakeModel({ ...more, respond }) });
  return { models, respond };
}

/** Code of a problem whose status is the one that it says. */
export const codeOf = async (response: Response) => {
  const { status, code } = await problemOf(response);
  expect(response.status).toBe(status);
  return code;
};
