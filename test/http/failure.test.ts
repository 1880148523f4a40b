import { expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { failureOf } from '../../worker/http/failure.ts';

it('tells what the platform says of a Durable Object, and nothing of what else was thrown', () => {
  const refusal = new Refusal({ code: 'no_face', field: 'probe' });
  expect(failureOf(refusal)).toBe(refusal.failure);
  const lost = Object.assign(new Error('Network connection lost.'), { retryable: true });
  expect(failureOf(lost)).toEqual({ code: 'unavailable' });
  const busy = Object.assign(new Error('overloaded'), { overloaded: true, retryable: true });
  expect(failureOf(busy)).toEqual({ code: 'overloaded', retryAfterSeconds: 2 });
  for (const message of [
    'database or disk is full: SQLITE_FULL',
    'disk I/O error: SQLITE_IOERR (extended: SQLITE_IOERR_SHMSIZE)',
    'internal error; reference = oag33kipnh5opis7s67kr5u4',
  ]) {
    expect(failureOf(new Error(message)), message).toEqual({ code: 'unavailable' });
  }
  for (const thrown of [new Error('secret'), undefined, null, 'text', { retryable: 'yes' }]) {
    expect(failureOf(thrown)).toEqual({ code: 'internal' });
  }
});
