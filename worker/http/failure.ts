/** Failure that anything thrown is told as. */
import { type Failure, Refusal } from '../errors.ts';
import { OVERLOADED_RETRY_SECONDS } from '../limits.ts';

/** Errors of storage that is full or broken: SQLite's, and those that workerd has a reference to in place of words. */
const STORAGE_ERROR = /\bSQLITE_(?:FULL|IOERR|CANTOPEN|READONLY)|^internal error; reference = /;

/**
 * Failure of whatever was thrown. Of a Durable Object that is moved or ended, or that has too much to do, the
 * platform says so (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/), and of
 * storage that fails its message does; all else is a mistake of ours.
 */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Refusal) return thrown.failure;
  const { overloaded, retryable } = Object(thrown) as { overloaded?: unknown; retryable?: unknown };
  if (overloaded === true) {
    return { code: 'overloaded', retryAfterSeconds: OVERLOADED_RETRY_SECONDS };
  }
  const ofStorage = thrown instanceof Error && STORAGE_ERROR.test(thrown.message);
  return { code: retryable === true || ofStorage ? 'unavailable' : 'internal' };
}
