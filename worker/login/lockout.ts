/**
 * Lockout after failed logins of a subject: the policy alone, without storage or a clock.
 *
 * NIST SP 800-63B-4 section 3.2.3 allows 5 consecutive failures, then asks for a delay of 30 s or
 * more before each further attempt, and for an end after 50. Here the delay doubles up to an hour
 * (section 3.2.2 suggests so), and 50 guesses take 39 hours.
 *
 * Attempts are numbered in the order they begin. Each counts as failed from its beginning, and a
 * success clears its own number and those before it: what runs beside it still counts, and an
 * attempt that crashes needs nobody to report it.
 */
import {
  FREE_LOGIN_FAILURES,
  KEEP_LOGIN_FAILURES_SECONDS,
  MAX_LOGIN_DELAY_SECONDS,
  MAX_LOGIN_FAILURES,
  MAX_RETURNED_ATTEMPTS,
  MIN_LOGIN_DELAY_SECONDS,
} from '../limits.ts';

/** Counter of the attempts of one subject. Times are seconds since 1970. */
export interface AttemptCounter {
  /** The number of the latest attempt; they begin at 1. */
  readonly attempts: number;
  /** The highest number that a success or a reset has cleared. */
  readonly cleared: number;
  /** Time at which the latest attempt began. */
  readonly lastAt: number;
  /** Attempts that were given back, after the last that was cleared. */
  readonly returned?: readonly number[];
}

export const NO_ATTEMPTS: AttemptCounter = { attempts: 0, cleared: 0, lastAt: 0 };

export type Admission =
  | { readonly kind: 'open' }
  | { readonly kind: 'delayed'; readonly until: number }
  | { readonly kind: 'locked' };

/** Attempts since the last success. One that still runs is among them. */
export function failures(count: AttemptCounter): number {
  return count.attempts - count.cleared - (count.returned?.length ?? 0);
}

/** Verdict on whether the next attempt may begin at `now`. */
export function admit(count: AttemptCounter, now: number): Admission {
  const failed = failures(count);
  if (failed >= MAX_LOGIN_FAILURES) return { kind: 'locked' };
  const delay = delaySeconds(failed);
  const until = count.lastAt + delay;
  // A clock that was put back has attempts in its future: they delay nobody who has none to wait for.
  return delay > 0 && now < until ? { kind: 'delayed', until } : { kind: 'open' };
}

/** Seconds from the beginning of the last attempt to the next, after so many failures. */
export function delaySeconds(failed: number): number {
  if (failed < FREE_LOGIN_FAILURES) return 0;
  const doubled = MIN_LOGIN_DELAY_SECONDS * 2 ** (failed - FREE_LOGIN_FAILURES);
  return Math.min(doubled, MAX_LOGIN_DELAY_SECONDS);
}

/** The count with one attempt more, which has failed until it is cleared. */
export function begin(count: AttemptCounter, now: number): AttemptCounter {
  return { ...count, attempts: count.attempts + 1, lastAt: now };
}

/** The count after this attempt has succeeded. */
export function clear(count: AttemptCounter, attempt: number): AttemptCounter {
  const cleared = Math.max(count.cleared, attempt);
  return { ...count, cleared, returned: (count.returned ?? []).filter((n) => n > cleared) };
}

/**
 * The count as if the attempt had not begun, since it ended by a fault of ours.
 *
 * @param lastAt when the attempt before it began
 * @returns undefined where there were too many of these since the last success: then it counts
 */
export function giveBack(
  count: AttemptCounter,
  attempt: number,
  lastAt: number,
): AttemptCounter | undefined {
  const { returned = [] } = count;
  if (attempt <= count.cleared || returned.includes(attempt)) return undefined;
  if (returned.length >= MAX_RETURNED_ATTEMPTS) return undefined;
  return {
    ...count,
    returned: [...returned, attempt],
    lastAt: attempt === count.attempts && lastAt > 0 ? lastAt : count.lastAt,
  };
}

/** Time until which the failures are kept: null where there are none, infinity for a lock. */
export function keptUntil(count: AttemptCounter): number | null {
  const failed = failures(count);
  if (failed === 0 && !count.returned?.length) return null;
  if (failed >= MAX_LOGIN_FAILURES) return Number.POSITIVE_INFINITY;
  return count.lastAt + KEEP_LOGIN_FAILURES_SECONDS;
}
