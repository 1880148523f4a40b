/**
 * The log, and the only console: one line of JSON a request, for whoever runs the deployment
 * (docs/operations.md says what to ask of it). Never a picture, an embedding, a key, a token, or a
 * subject as it is.
 */
import { MAX_LOGGED_CHARACTERS } from './limits.ts';

/** Notes on a request while it is worked on. */
export interface Entry {
  readonly requestId: string;
  readonly method: string;
  /** The path's pattern: what stands in the path itself may be a subject. */
  route?: string | undefined;
  tenant?: string | undefined;
  /** The key's name. */
  key?: string | undefined;
  /** HMAC of tenant and subject: `pseudonym`. */
  subject?: string;
  status?: number;
  /** The problem's code, where the answer is one. */
  code?: string;
  /** Check that a failed login failed at. The browser is never told. */
  step?: string;
  /** Reason of a refusal, where the caller is not told it, or only the operator can mend it. */
  reason?: string;
  /** Time from beginning to end. Production's clock stands still while a request computes. */
  ms?: number;
  /** Bytes of the body, as arrived. */
  bytes: number;
  /** Part of `ms` that was spent waiting for room and for turns. */
  waitMs: number;
  /** Name and message of an error that was no refusal. */
  error?: string;
}

/** Workers Analytics Engine, as far as it is used here. */
export interface Events {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** Writes the line, and counts it where `EVENTS` is bound. */
export function logRequest(entry: Entry, events?: Events): void {
  const line = JSON.stringify({ event: 'request', ...entry });
  if ((entry.status ?? 500) >= 500) console.error(line);
  else console.log(line);
  const { tenant = '', route = '', method, code = '', step = '', key = '', reason = '' } = entry;
  const { status = 0, ms = 0, bytes, waitMs } = entry;
  events?.writeDataPoint({
    indexes: [tenant],
    blobs: [route, method, code, step, key, reason],
    doubles: [status, ms, bytes, waitMs],
  });
}

/** A secret or a variable that cannot be read. @param what never its content */
export function logConfiguration(what: string): void {
  console.error(JSON.stringify({ event: 'configuration', error: what }));
}

/**
 * Vectors of people who were deleted, whose deletion the index refuses. It is ordered again.
 *
 * @param object id of the gallery's object, which names nobody
 */
export function logUndeleted(object: string, thrown: unknown): void {
  console.error(JSON.stringify({ event: 'undeleted', object, error: describeError(thrown) }));
}

/** Short, and without a stack. */
export function describeError(thrown: unknown): string {
  const error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown;
  return error.slice(0, MAX_LOGGED_CHARACTERS);
}

const encoder = new TextEncoder();

/**
 * The name of a subject in the log: the same for one person of one tenant, and of no use without the
 * key. It changes with the key that seals.
 *
 * @param secret 32 bytes; what signs is derived from it (HKDF, RFC 5869)
 */
export async function pseudonym(
  tenant: string,
  subject: string,
  secret: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encoder.encode('visavis log') },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
  const message = encoder.encode(JSON.stringify(['subject', tenant, subject]));
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
  return [...mac.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
