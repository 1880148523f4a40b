/**
 * `GET` and `DELETE /v1/subjects/{subject}/attempts`: how a person's logins went, and a new start.
 */
import type { Context, Handler } from 'hono';
import { parseSubject } from '../auth/subject.ts';
import type { Api } from '../http/context.ts';
import { type AttemptsStub, attemptsOf } from '../login/attempts.ts';
import type { AttemptsReport } from './attempts.docs.ts';
import { timestamp } from './time.ts';

export const readAttempts: Handler<Api> = async (c) => {
  const { subject, attempts } = find(c);
  const { failures, delayedUntil, locked } = await attempts.status();
  const answer: AttemptsReport = {
    subject,
    failures,
    delayedUntil: delayedUntil === null ? null : timestamp(delayedUntil),
    locked,
  };
  return c.json(answer);
};

export const resetAttempts: Handler<Api> = async (c) => {
  await find(c).attempts.reset();
  return c.body(null, 204);
};

/** Subject of the caller's own tenant: there is no way to name another's. */
function find(c: Context<Api>): { subject: string; attempts: AttemptsStub } {
  const subject = parseSubject(c.req.param('subject'));
  c.set('subject', subject);
  return { subject, attempts: attemptsOf(c.env.ATTEMPTS, c.get('caller').tenant.id, subject) };
}
