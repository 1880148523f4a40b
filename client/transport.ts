/** One request: its time limit, the caller's `signal`, and retries where they can help. */
import { ConfigurationError, ConnectionError } from './errors.ts';
import { ApiError, readAnswer } from './problem.ts';
import { startTimeLimit } from './time-limit.ts';

/** Limits of one call. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that one attempt may take, the whole answer included; `Infinity` for no limit. */
  readonly timeoutMs?: number | undefined;
}

export interface Exchange extends CallOptions {
  readonly url: URL;
  readonly init: RequestInit;
  readonly fetch: typeof fetch;
  /** Number of times to try again; 0 where a request must be sent once. */
  readonly retries: number;
}

/** Room for two 10 MiB pictures over a slow line. */
export const TIMEOUT_MS = 30_000;
/** Room for the same, and for a minute of work on 64 pictures. */
export const CLUSTER_TIMEOUT_MS = 120_000;
export const RETRIES = 2;

/** A longer `Retry-After` is the caller's to wait for: it is in the error. */
const MAX_WAIT_SECONDS = 10;
const FIRST_BACKOFF_SECONDS = 0.5;

/** Refusals that say nothing about the request, only about the moment. */
const TRANSIENT_CODES: readonly string[] = ['rate_limited', 'overloaded', 'unavailable'];
/** Statuses of a proxy before the deployment. */
const TRANSIENT_STATUSES: readonly number[] = [502, 503, 504];

/**
 * Sends a request, and again after a wait where only the moment was wrong. A deletion whose answer
 * was lost may have been done: if what it deletes is not there the next time, it is a success.
 *
 * @throws ApiError for an answer that is no success, ConnectionError where none came,
 *   ConfigurationError for a limit that is no number, or the reason of `signal`
 */
export async function exchange<T>(options: Exchange): Promise<T> {
  requireNumbers(options);
  let maybeDone = false;
  for (let attempt = 0; ; attempt++) {
    try {
      return await attemptOnce<T>(options);
    } catch (error) {
      if (maybeDone && isGone(error, options)) return undefined as T;
      maybeDone ||= isLost(error);
      const seconds = waitBefore(error, attempt);
      if (attempt >= options.retries || seconds === undefined) throw error;
      await sleep(seconds * 1_000, options.signal);
    }
  }
}

async function attemptOnce<T>(options: Exchange): Promise<T> {
  const { url, init, fetch, signal, timeoutMs = TIMEOUT_MS } = options;
  signal?.throwIfAborted();
  const limit = startTimeLimit(signal, timeoutMs);
  try {
    // A redirect is never the API's: it would take pictures elsewhere, or turn a POST into a GET.
    const sent = { ...init, redirect: 'manual', signal: limit.signal } as const;
    return await readAnswer<T>(await fetch(url, sent));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw signal.reason;
    if (limit.timedOut()) {
      const message = `No answer from ${url.origin} within ${timeoutMs} ms.`;
      throw new ConnectionError('timeout', message, { cause: error });
    }
    const message = `No answer from ${url.origin}: the network failed.`;
    throw new ConnectionError('unreachable', message, { cause: error });
  } finally {
    limit.release();
  }
}

/** @throws ConfigurationError: a time limit that is no number would be none, and retries without end */
function requireNumbers({ retries, timeoutMs }: Exchange): void {
  for (const [name, value] of Object.entries({ retries, timeoutMs })) {
    if (value === undefined || (typeof value === 'number' && !Number.isNaN(value))) continue;
    throw new ConfigurationError('invalid_number', `\`${name}\` is no number: ${value}.`);
  }
}

/** True of an error after which the deployment's own answer is unknown: the network failed, or a proxy answered in its place. */
function isLost(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.code === 'unreachable';
  return error instanceof ApiError && error.code === 'unexpected_answer';
}

function isGone(error: unknown, { init }: Exchange): boolean {
  return init.method === 'DELETE' && error instanceof ApiError && error.code === 'not_found';
}

/** Seconds to wait before the next attempt; undefined where another cannot help. */
function waitBefore(error: unknown, attempt: number): number | undefined {
  const backoff = FIRST_BACKOFF_SECONDS * 2 ** attempt * (0.5 + Math.random() / 2);
  if (error instanceof ConnectionError) return error.code === 'unreachable' ? backoff : undefined;
  if (!(error instanceof ApiError)) return undefined;
  const { code, status, retryAfterSeconds = backoff } = error;
  const transient =
    TRANSIENT_CODES.includes(code) ||
    (code === 'unexpected_answer' && TRANSIENT_STATUSES.includes(status));
  return transient && retryAfterSeconds <= MAX_WAIT_SECONDS ? retryAfterSeconds : undefined;
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
