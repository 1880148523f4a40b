/**
 * Slows guessing at what visavis does not count: passwords and codes. In memory, for one process.
 */

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60 * 1000;

/** Failures are forgotten so long after the last: what nobody tries any more takes no memory. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const SWEEP_MS = 60 * 1000;

interface Failures {
  readonly count: number;
  readonly until: number;
  readonly at: number;
}

export class Brake {
  readonly #failures = new Map<string, Failures>();
  #sweptAt = 0;

  /** @param free failures before the first wait */
  constructor(
    private readonly now: () => number,
    private readonly free = 5,
  ) {}

  get size(): number {
    return this.#failures.size;
  }

  /**
   * Counts an attempt before it is looked at, as a failure until `release`: attempts that come at
   * the same moment must not all be the first.
   *
   * @returns false while it has to wait
   */
  admit(key: string): boolean {
    const at = this.now();
    this.#sweep(at);
    const { count, until } = this.#failures.get(key) ?? { count: 0, until: 0 };
    if (until > at) return false;
    const failed = count + 1;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (failed - this.free), LONGEST_WAIT_MS);
    this.#failures.set(key, { count: failed, until: failed < this.free ? 0 : at + wait, at });
    return true;
  }

  release(key: string): void {
    this.#failures.delete(key);
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [key, { at }] of this.#failures) if (now - at >= KEPT_MS) this.#failures.delete(key);
  }
}

/** Failures in all that a name may have: whoever guesses from many places ends here. */
const FREE_BY_NAME = 50;

/**
 * A brake for each name from each subnet: who guesses at somebody's password from elsewhere does not
 * lock them out. A second one, for the name alone, allows more.
 */
export class NameBrake {
  readonly #near: Brake;
  readonly #all: Brake;

  constructor(now: () => number) {
    this.#near = new Brake(now);
    this.#all = new Brake(now, FREE_BY_NAME);
  }

  admit(name: string, address: string): boolean {
    return this.#near.admit(keyOf(name, address)) && this.#all.admit(name);
  }

  release(name: string, address: string): void {
    this.#near.release(keyOf(name, address));
    this.#all.release(name);
  }
}

function keyOf(name: string, address: string): string {
  return JSON.stringify([name, subnetOf(address)]);
}

/** IPv4 by its first three numbers, IPv6 by its first four groups: whoever has one has the rest. */
function subnetOf(address: string): string {
  // Also of `::ffff:192.0.2.7`, which is how a server on both protocols sees an IPv4 address.
  const ipv4 = /(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [head = '', tail] = address.split('::');
  const groups = (text = '') => text.split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array<string>(Math.max(0, zeros)).fill('0'), ...groups(tail)]
    .slice(0, 4)
    .join(':');
}
