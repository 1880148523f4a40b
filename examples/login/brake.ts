/**
 * Slows guessing at what visavis does not count: passwords and codes. In memory, for one process.
 */

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60 * 1000;

export class Brake {
  readonly #failures = new Map<string, { count: number; until: number }>();

  constructor(private readonly now: () => number) {}

  /**
   * Counts an attempt before it is looked at, as a failure until `release`: attempts that come at
   * the same moment must not all be the first.
   *
   * @returns false while it has to wait
   */
  admit(key: string): boolean {
    const { count, until } = this.#failures.get(key) ?? { count: 0, until: 0 };
    if (until > this.now()) return false;
    const failed = count + 1;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (failed - FREE_FAILURES), LONGEST_WAIT_MS);
    this.#failures.set(key, {
      count: failed,
      until: failed < FREE_FAILURES ? 0 : this.now() + wait,
    });
    return true;
  }

  release(key: string): void {
    this.#failures.delete(key);
  }
}
