/**
 * Limits of one attempt as one signal: the caller's, and a clock. `AbortSignal.any` and
 * `AbortSignal.timeout` would do it, but Next.js' edge runtime lacks the first, Node refuses
 * fractions in the second, and Deno's is over at once where a number is above 31 bits.
 */

/** Longest delay that timers can have (HTML standard, a signed 32-bit integer): 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface TimeLimit {
  /** Aborted by the caller's signal, and when the time is up. */
  readonly signal: AbortSignal;
  readonly timedOut: () => boolean;
  /** Lets go of the clock and of the caller's signal. */
  readonly release: () => void;
}

/** @param timeoutMs milliseconds; none or less is over at once, more than a timer can have is no limit */
export function startTimeLimit(signal: AbortSignal | undefined, timeoutMs: number): TimeLimit {
  const controller = new AbortController();
  let timedOut = false;
  const stop = () => controller.abort(signal?.reason);
  const expire = () => {
    timedOut = true;
    controller.abort(new DOMException('The time is up.', 'TimeoutError'));
  };
  const timer = timeoutMs <= MAX_TIMER_MS ? setTimeout(expire, Math.max(0, timeoutMs)) : undefined;
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    release() {
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}
