/** Failure that anything thrown is told as. */
import { type Failure, Refusal } from '../errors.ts';
import { OVERLOADED_RETRY_SECONDS } from '../limits.ts';

/**
 * Failure of whatever was thrown. Of a Durable Object that is moved or ended, or that has too much to do, the
 * platform says so (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/); all else
 * is a mistake of ours.
 */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Refusal) return thrown.failure;
  const { overloaded, retryable } = Object(thrown) as { overloaded?: unknown; retryable?: unknown };
  if (overloaded === true) {
    return { code: 'overloaded', retryAfterSeconds: OVERLOADED_RETRY_SECONDS };
  }
  return { code: retryable === true ? 'unavailable' : 'internal' };
}
