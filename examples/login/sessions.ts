/**
 * Sessions, and how far each is signed in: in memory, for one process. Use your own session store.
 */
import { randomBytes } from 'node:crypto';
import type { Account } from './accounts.ts';

export type Factor = 'password' | 'face' | 'code';

export interface Session {
  readonly id: string;
  account?: Account;
  /** Factors shown so far: `password` and one more is signed in. */
  readonly factors: Set<Factor>;
  /** Milliseconds since 1970 at which a code was used, in this session. */
  readonly codeAt?: number | undefined;
  /** Nonce of the challenge that is out. There is one at a time, and it is taken out to be used. */
  nonce?: string;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** An hour, whatever is done in it. */
const LIFE_MS = 60 * 60 * 1000;

/** Time that a one-time code opens the change of the factors themselves for. */
const FRESH_MS = 10 * 60 * 1000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();

  constructor(private readonly now: () => number) {}

  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session && session.endsAt > this.now()) return session;
    if (session) this.#sessions.delete(session.id);
    return undefined;
  }

  /**
   * A factor was shown: the session goes on under a new id, so that one which somebody knew
   * before is worth nothing after (session fixation).
   */
  advance(before: Session | undefined, account: Account, factor: Factor): Session {
    if (before) this.end(before);
    const kept = before?.account === account && factor !== 'password' ? before : undefined;
    const session: Session = {
      id: randomBytes(32).toString('base64url'),
      account,
      factors: new Set([...(kept?.factors ?? []), factor]),
      codeAt: factor === 'code' ? this.now() : kept?.codeAt,
      endsAt: this.now() + LIFE_MS,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  end({ id }: Session): void {
    this.#sessions.delete(id);
  }

  /** True where this session may change the factors: just after a code, never by the face, or who got in by it once could stay. */
  isFresh({ codeAt = Number.NEGATIVE_INFINITY }: Session): boolean {
    return this.now() - codeAt < FRESH_MS;
  }
}

/** Two factors, the password being one. */
export function isSignedIn({ factors }: Session): boolean {
  return factors.has('password') && (factors.has('face') || factors.has('code'));
}
