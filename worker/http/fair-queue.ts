/**
 * Fair queue of work on faces: one at a time in an isolate, since it has one thread, and by rotation,
 * so that one party's forty requests wait for each other and not everybody for them.
 *
 * Between two turns other requests get the thread: what needs no face waits for one turn at most, and
 * bodies go on arriving. About timers and leases see `uploads.ts`.
 */
import { Refusal } from '../errors.ts';

export interface TurnBounds {
  /** The longest wait for a turn. */
  readonly waitMs: number;
  /** A turn that lasts longer has lost its request. */
  readonly leaseMs: number;
  readonly retryAfterSeconds: number;
}

interface Waiter {
  readonly until: number;
  start(): void;
  refuse(): void;
}

export class FairQueue {
  readonly #bounds: TurnBounds;
  /** Waiters by party; the party whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Waiter>>();
  #running: { readonly until: number } | undefined;

  constructor(bounds: TurnBounds) {
    this.#bounds = bounds;
  }

  /** Number of waiters. */
  get length(): number {
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * The work, done when the party's turn has come.
   *
   * @param gone aborted once nobody waits for the work any more: then it is not begun
   * @throws Refusal `overloaded` when the turn does not come in time; whatever `work` throws
   */
  async run<T>(party: string, work: () => Promise<T>, gone?: AbortSignal): Promise<T> {
    const turn = this.#start() ?? (await this.#wait(party, gone));
    try {
      await untilEventsRan();
      if (gone?.aborted) throw this.#overloaded();
      return await work();
    } finally {
      if (this.#running === turn) this.#running = undefined;
      this.#refuseLate();
      this.#next();
    }
  }

  /** Starts a turn where none is running and nobody waits. */
  #start() {
    this.#next();
    if (this.#running !== undefined) return undefined;
    this.#running = { until: Date.now() + this.#bounds.leaseMs };
    return this.#running;
  }

  async #wait(party: string, gone: AbortSignal | undefined): Promise<object> {
    const { promise, resolve } = Promise.withResolvers<object | undefined>();
    const waiter: Waiter = {
      until: Date.now() + this.#bounds.waitMs,
      refuse: () => resolve(undefined),
      start: () => {
        this.#running = { until: Date.now() + this.#bounds.leaseMs };
        resolve(this.#running);
      },
    };
    const line = this.#waiting.get(party) ?? new Set();
    this.#waiting.set(party, line.add(waiter));
    const giveUp = () => {
      if (this.#leave(party, waiter)) waiter.refuse();
    };
    gone?.addEventListener('abort', giveUp);
    const timer = setTimeout(() => {
      this.#next(); // a lease may have ended
      giveUp();
    }, this.#bounds.waitMs);
    try {
      const turn = await promise;
      if (turn !== undefined) return turn;
    } finally {
      clearTimeout(timer);
      gone?.removeEventListener('abort', giveUp);
    }
    throw this.#overloaded();
  }

  #overloaded(): Refusal {
    return new Refusal({ code: 'overloaded', retryAfterSeconds: this.#bounds.retryAfterSeconds });
  }

  /** @returns whether it was still waiting */
  #leave(party: string, waiter: Waiter): boolean {
    const line = this.#waiting.get(party);
    if (!line?.delete(waiter)) return false;
    if (line.size === 0) this.#waiting.delete(party);
    return true;
  }

  /** Refuses who has waited too long: while turn follows turn, their timers may not get the thread. */
  #refuseLate(): void {
    const now = Date.now();
    for (const [party, line] of [...this.#waiting])
      for (const waiter of [...line])
        if (waiter.until <= now && this.#leave(party, waiter)) waiter.refuse();
  }

  #next(): void {
    if (this.#running && this.#running.until > Date.now()) return;
    this.#running = undefined;
    const [entry] = this.#waiting;
    if (entry === undefined) return;
    const [party, line] = entry;
    const [waiter] = line as Set<Waiter>;
    if (waiter === undefined) return;
    // To the end, behind all other parties.
    this.#waiting.delete(party);
    line.delete(waiter);
    if (line.size > 0) this.#waiting.set(party, line);
    waiter.start();
  }
}

/**
 * Timer that lets the events of the network run. Without it turn would follow turn, and others would not
 * even stand in line, since nobody reads their bodies.
 */
function untilEventsRan(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
