import { describe, expect, it } from 'vitest';
import { MAX_RETURNED_ATTEMPTS } from '../../worker/limits.ts';
import {
  type AttemptCounter,
  admit,
  begin,
  clear,
  delaySeconds,
  failures,
  giveBack,
  keptUntil,
  NO_ATTEMPTS,
} from '../../worker/login/lockout.ts';

const DAY = 24 * 60 * 60;

/** Attempts, none of which succeeds, each begun as soon as it may be. */
function fail(times: number, from: AttemptCounter = NO_ATTEMPTS, at = 1_000): AttemptCounter {
  let count = from;
  let now = at;
  for (let i = 0; i < times; i++) {
    const admission = admit(count, now);
    if (admission.kind === 'delayed') now = admission.until;
    expect(admit(count, now).kind).toBe('open');
    count = begin(count, now);
  }
  return count;
}

describe('the delay', () => {
  it('begins with the fifth failure at 30 s, doubles, and ends at an hour', () => {
    const delays = Array.from({ length: 15 }, (_, failed) => delaySeconds(failed));
    expect(delays).toEqual([0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
    expect(delaySeconds(1_000_000)).toBe(3_600);
  });

  it('runs from the beginning of the last attempt, to the second', () => {
    const count = begin(fail(4), 5_000);
    expect(admit(count, 5_000)).toEqual({ kind: 'delayed', until: 5_030 });
    expect(admit(count, 5_029.999)).toEqual({ kind: 'delayed', until: 5_030 });
    expect(admit(count, 5_030)).toEqual({ kind: 'open' });
  });

  it('does not come before the fifth', () => {
    for (let times = 0; times < 5; times++) expect(admit(fail(times), 1_000).kind).toBe('open');
    expect(admit(fail(5), 1_000).kind).toBe('delayed');
  });

  it('is none before the fifth, when the clock was put back meanwhile', () => {
    const before = { ...begin(NO_ATTEMPTS, 5_000), cleared: 1 };
    expect(admit(before, 1_400)).toEqual({ kind: 'open' });
    expect(admit(begin(before, 5_000), 1_400)).toEqual({ kind: 'open' });
  });

  it('makes fifty guesses take 39 hours', () => {
    expect((fail(50).lastAt - 1_000) / 3_600).toBeCloseTo(39.06, 2);
  });
});

describe('the lock', () => {
  it('comes with the fiftieth failure, and no wait opens it', () => {
    expect(admit(fail(49), Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'open' });
    expect(admit(fail(50), Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'locked' });
  });
});

describe('a success', () => {
  it('leaves no failure, no delay and no lock', () => {
    for (const times of [1, 5, 50]) {
      const failed = fail(times);
      const count = clear(failed, failed.attempts);
      expect(failures(count)).toBe(0);
      expect(admit(count, failed.lastAt)).toEqual({ kind: 'open' });
      expect(failures(fail(1, count, failed.lastAt))).toBe(1);
    }
  });

  it('clears its own attempt and those before it, not those after', () => {
    expect(failures(clear(fail(4), 3))).toBe(1);
    // In whatever order they end.
    expect(failures(clear(clear(fail(4), 3), 1))).toBe(1);
    expect(failures(clear(clear(fail(4), 1), 3))).toBe(1);
  });
});

describe('how long failures are kept', () => {
  it('is longer than any template lives, after the last', () => {
    const count = fail(3);
    expect(keptUntil(count)).toBe(count.lastAt + 366 * DAY);
  });

  it('is no time where there are none, and for good where they make a lock', () => {
    expect(keptUntil(NO_ATTEMPTS)).toBeNull();
    expect(keptUntil(clear(fail(3), 3))).toBeNull();
    expect(keptUntil(fail(50))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('giveBack', () => {
  it('takes an attempt back as if it had not begun, a bounded number of times', () => {
    let count = begin(begin(NO_ATTEMPTS, 10), 20);
    for (let n = 0; n < MAX_RETURNED_ATTEMPTS; n++) {
      const next = begin(count, 100 + n);
      const returned = giveBack(next, next.attempts, 20);
      expect(returned).toMatchObject({ lastAt: 20 });
      count = returned as typeof count;
      expect(failures(count)).toBe(2);
    }
    const more = begin(count, 200);
    expect(giveBack(more, more.attempts, 20)).toBeUndefined();
    expect(failures(more)).toBe(3);
    // After a success there are as many again.
    expect(clear(more, more.attempts).returned).toEqual([]);
  });

  it('leaves alone what runs beside it, what is cleared, and what was given back', () => {
    const two = begin(begin(NO_ATTEMPTS, 10), 20);
    const first = giveBack(two, 1, 0);
    expect(first).toMatchObject({ attempts: 2, lastAt: 20 });
    expect(failures(first as typeof two)).toBe(1);
    expect(giveBack(first as typeof two, 1, 0)).toBeUndefined();
    expect(giveBack(clear(two, 2), 1, 0)).toBeUndefined();
    expect(keptUntil(first as typeof two)).not.toBeNull();
  });
});
