/**
 * The login attempts of one subject of one tenant: a Durable Object with counters and the ids of
 * used challenges. Never a template, a picture, or who the subject is.
 *
 * Why an object: a challenge is used once only if "is it used?" and "now it is" are one step, and
 * of the platform's stores only a Durable Object has that. All of an object's work here is
 * synchronous (no `await` between reading and writing), so no other call can come in between; and
 * it is one transaction, so a crash leaves all of it or nothing.
 */
import { DurableObject } from 'cloudflare:workers';
import { Refusal } from '../errors.ts';
import { CLOCK_LEEWAY_SECONDS, MAX_CHALLENGE_ID_CHARACTERS } from '../limits.ts';
import {
  type AttemptCounter,
  admit,
  begin,
  clear,
  failures,
  giveBack,
  keptUntil,
  NO_ATTEMPTS,
} from './lockout.ts';

export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'used' }
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }
  | { readonly kind: 'locked' };

export interface AttemptsStatus {
  /** Failures since the last success. An attempt that still runs counts as one. */
  readonly failures: number;
  /** Seconds since 1970 at which the next attempt may begin; null when it may now, or never. */
  readonly delayedUntil: number | null;
  readonly locked: boolean;
}

/** A challenge that has been claimed. */
interface Used {
  /** The number of its attempt. */
  readonly attempt: number;
  /** Seconds since 1970 up to which the id is kept. */
  readonly until: number;
  /** True until its face work has succeeded. */
  readonly open: boolean;
  /** Time at which the attempt before it began. */
  readonly before: number;
  /** Response that claimed it. */
  readonly response?: string | undefined;
}

const COUNT = 'count';
const USED = 'used:';

export class Attempts extends DurableObject {
  /** Seconds since 1970. A field of its own, so that a test can set it. */
  now = (): number => Date.now() / 1000;

  /**
   * Claims a challenge, before any face work. It counts as a failure from here on, until
   * `succeed` takes that back: whatever happens to the request in between, nothing is free.
   *
   * A challenge that meets a delay or a lock is not used up.
   *
   * @param expiresAt seconds since 1970; the id is kept until then, and the clocks' leeway longer
   * @param response id of the response: its claim may be made again where the answer was lost
   */
  claim(challengeId: string, expiresAt: number, response?: string): Claim {
    checkClaim(challengeId, expiresAt);
    const now = this.now();
    return this.ctx.storage.transactionSync((): Claim => {
      const { kv } = this.ctx.storage;
      // Past its keeping nobody can tell whether it was used: then it was.
      const until = expiresAt + CLOCK_LEEWAY_SECONDS;
      if (until <= now) return { kind: 'used' };
      const claimed = kv.get<Used>(USED + challengeId);
      if (claimed !== undefined) {
        return { kind: claimed.open && isOf(response, claimed) ? 'claimed' : 'used' };
      }

      const count = this.#count();
      const admission = admit(count, now);
      if (admission.kind === 'locked') return { kind: 'locked' };
      if (admission.kind === 'delayed') {
        return { kind: 'delayed', retryAfterSeconds: Math.ceil(admission.until - now) };
      }
      const next = begin(count, now);
      kv.put(COUNT, next);
      const { attempts: attempt } = next;
      const used = { attempt, until, open: true, before: count.lastAt, response };
      kv.put<Used>(USED + challengeId, used);
      this.#tidy(now);
      return { kind: 'claimed' };
    });
  }

  /**
   * The claimed attempt has succeeded: no failures are left but of attempts begun after it.
   *
   * @param response id of the response, as claimed: its success may be told again
   * @returns false when there is no such claim, or not any more: then it is no success
   */
  succeed(challengeId: string, response?: string): boolean {
    return this.ctx.storage.transactionSync(() => {
      const { kv } = this.ctx.storage;
      const used = kv.get<Used>(USED + challengeId);
      if (used === undefined || used.until <= this.now()) return false;
      if (!used.open) return isOf(response, used);
      kv.put<Used>(USED + challengeId, { ...used, open: false });
      kv.put(COUNT, clear(this.#count(), used.attempt));
      return true;
    });
  }

  /**
   * The claimed attempt has ended by a fault of ours: it is no failure, and its challenge may be
   * claimed again. A bounded number of times, see `lockout.ts`.
   *
   * @returns false where it stays a failure
   */
  giveBack(challengeId: string): boolean {
    return this.ctx.storage.transactionSync(() => {
      const { kv } = this.ctx.storage;
      const used = kv.get<Used>(USED + challengeId);
      if (!used?.open) return false;
      const count = giveBack(this.#count(), used.attempt, used.before ?? 0);
      if (count === undefined) return false;
      kv.put(COUNT, count);
      kv.delete(USED + challengeId);
      return true;
    });
  }

  status(): AttemptsStatus {
    const count = this.#count();
    const admission = admit(count, this.now());
    return {
      failures: failures(count),
      delayedUntil: admission.kind === 'delayed' ? admission.until : null,
      locked: admission.kind === 'locked',
    };
  }

  /** Forgets the failures, and the lock. Not the used challenges: they stay used. */
  async reset(): Promise<void> {
    const empty = this.ctx.storage.transactionSync(() => {
      const count = this.#count();
      this.ctx.storage.kv.put(COUNT, clear(count, count.attempts));
      return this.#tidy(this.now());
    });
    if (empty) await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    const empty = this.ctx.storage.transactionSync(() => this.#tidy(this.now()));
    // An object that has stored nothing does not exist any more.
    if (empty) await this.ctx.storage.deleteAll();
  }

  /** The count as it stands at `now`, without failures that are no longer kept. */
  #count(): AttemptCounter {
    const count = this.ctx.storage.kv.get<AttemptCounter>(COUNT) ?? NO_ATTEMPTS;
    const until = keptUntil(count);
    return until !== null && until <= this.now() ? clear(count, count.attempts) : count;
  }

  /**
   * Deletes what has expired, and sets the alarm for what is next to expire.
   *
   * @returns true when nothing is left
   */
  #tidy(now: number): boolean {
    const { kv } = this.ctx.storage;
    const untils: number[] = [];
    for (const [key, { until }] of [...kv.list<Used>({ prefix: USED })]) {
      if (until <= now) kv.delete(key);
      else untils.push(until);
    }
    const kept = keptUntil(this.#count());
    if (kept !== null) untils.push(kept);
    // The platform waits for this write with the others before it answers.
    const next = Math.min(...untils);
    if (Number.isFinite(next)) this.ctx.storage.setAlarm(Math.ceil(next * 1000));
    return untils.length === 0;
  }
}

/** Methods of the object, as its caller sees it. */
export type AttemptsStub = DurableObjectStub<Attempts>;

/**
 * The attempts of this subject of this tenant.
 *
 * The object is not told its own name: the platform stores the name of whatever sets an alarm, beside the
 * alarm and as it is, and the name has the subject in it.
 *
 * @throws Refusal `not_configured` without the binding: no login is unlimited
 */
export function attemptsOf(
  namespace: DurableObjectNamespace<Attempts> | undefined,
  tenant: string,
  subject: string,
): AttemptsStub {
  if (!namespace) {
    throw new Refusal({ code: 'not_configured', detail: 'The binding ATTEMPTS is missing.' });
  }
  // JSON, so that no two pairs make one name, whatever is in them.
  const named = namespace.idFromName(JSON.stringify([tenant, subject]));
  return namespace.get(namespace.idFromString(named.toString()));
}

function isOf(response: string | undefined, used: Used): boolean {
  return response !== undefined && used.response === response;
}

/** Both come from a token that we sealed, so anything else is a bug: better loud than kept. */
function checkClaim(challengeId: string, expiresAt: number): void {
  const { length } = challengeId;
  if (length === 0 || length > MAX_CHALLENGE_ID_CHARACTERS) throw new TypeError('not an id');
  if (!Number.isSafeInteger(expiresAt)) throw new TypeError('not a time in seconds');
}
