/**
 * How many bodies an isolate holds at once. The others wait, in the order they came.
 *
 * Written for workerd's rules about requests that meet in one isolate:
 *
 * - A promise may be settled by another request (compatibility date 2024-10-14 on), but a request
 *   that waits for nothing else is taken for hung and cancelled. So every waiter has a timer of
 *   its own, which it also needs for its deadline.
 * - Only its own request may touch a timer: the waiter clears it, not whoever lets it in.
 * - A request that the platform drops does not always run its `finally`. So places are leased:
 *   one held longer than any request can need it is given to another.
 */
import { Refusal } from '../errors.ts';

export interface SemaphoreBounds {
  /** Requests inside at once. */
  readonly places: number;
  /** Sum of the weights inside at once. A heavier one alone is let in when nobody else is. */
  readonly weight: number;
  readonly waitMs: number;
  readonly leaseMs: number;
  readonly retryAfterSeconds: number;
}

interface Place {
  readonly weight: number;
  readonly until: number;
}

interface Waiter {
  readonly weight: number;
  admit(place: Place): void;
}

/** Gives the place back. Calling it again does nothing. */
export type Release = () => void;

export class WeightedSemaphore {
  readonly #bounds: SemaphoreBounds;
  readonly #inside = new Set<Place>();
  readonly #waiting = new Set<Waiter>(); // a Set keeps the order of arrival

  constructor(bounds: SemaphoreBounds) {
    this.#bounds = bounds;
  }

  /** For tests and for the curious. */
  get inside(): number {
    return this.#inside.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a place.
   *
   * @throws Refusal `overloaded` when none is free in time
   */
  async enter(weight: number): Promise<Release> {
    this.#admitWaiting();
    // Not past those who wait, even if this one would fit: a heavy one would starve.
    const place =
      this.#waiting.size === 0 && this.#fits(weight)
        ? this.#take(weight)
        : await this.#wait(weight);
    return () => {
      if (this.#inside.delete(place)) this.#admitWaiting();
    };
  }

  async #wait(weight: number): Promise<Place> {
    let timer: ReturnType<typeof setTimeout> | null = null;
    try {
      return await new Promise<Place>((resolve, reject) => {
        const waiter: Waiter = { weight, admit: resolve };
        this.#waiting.add(waiter);
        timer = setTimeout(() => {
          // Let in at this very moment: the promise is settled, and this changes nothing.
          if (!this.#waiting.delete(waiter)) return;
          const { retryAfterSeconds } = this.#bounds;
          reject(new Refusal({ code: 'overloaded', retryAfterSeconds }));
          this.#admitWaiting(); // this one may have stood before lighter ones
        }, this.#bounds.waitMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** The place is taken for the waiter at once, so that nobody slips in before it runs again. */
  #admitWaiting(): void {
    this.#endLeases();
    for (const waiter of this.#waiting) {
      if (!this.#fits(waiter.weight)) return;
      this.#waiting.delete(waiter);
      waiter.admit(this.#take(waiter.weight));
    }
  }

  #fits(weight: number): boolean {
    if (this.#inside.size === 0) return true;
    let sum = weight;
    for (const place of this.#inside) sum += place.weight;
    return this.#inside.size < this.#bounds.places && sum <= this.#bounds.weight;
  }

  #take(weight: number): Place {
    const place = { weight, until: Date.now() + this.#bounds.leaseMs };
    this.#inside.add(place);
    return place;
  }

  #endLeases(): void {
    const now = Date.now();
    for (const place of this.#inside) if (place.until <= now) this.#inside.delete(place);
  }
}
