import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { manual, type Step, timed } from '../../client/login.ts';

describe('guides', () => {
  const step: Step = { index: 0, total: 4, pose: 'frontal' };
  const never = new AbortController().signal;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Tells a promise that has settled, without waiting for it. */
  async function settled(promise: Promise<unknown>): Promise<boolean> {
    let done = false;
    promise.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    await vi.advanceTimersByTimeAsync(0);
    return done;
  }

  it('count the seconds down, then take the picture', async () => {
    const shown: number[] = [];
    const guide = timed((_, left) => shown.push(left), 3);
    const ready = guide.ready(step, never);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(await settled(ready)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(ready)).toBe(true);
    expect(shown).toEqual([3, 2, 1]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown).toEqual([3, 2, 1]); // no timer is left behind
  });

  it('do not count while nobody sees them', async () => {
    const page = { hidden: false };
    vi.stubGlobal('document', page);
    const shown: number[] = [];
    const ready = timed((_, left) => shown.push(left), 3).ready(step, never);
    await vi.advanceTimersByTimeAsync(1_000);
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await settled(ready)).toBe(false);
    page.hidden = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await settled(ready)).toBe(true);
    expect(shown).toEqual([3, 2, 1]);
    vi.unstubAllGlobals();
  });

  it('take it sooner when asked to, once', async () => {
    const guide = timed(() => {}, 60);
    guide.capture(); // before there is a step: for nothing
    const first = guide.ready(step, never);
    expect(await settled(first)).toBe(false);
    guide.capture();
    expect(await settled(first)).toBe(true);
    guide.capture();
    expect(await settled(guide.ready(step, never))).toBe(false);
  });

  it('wait for ever without a clock', async () => {
    const show = vi.fn();
    const guide = manual(show);
    const ready = guide.ready(step, never);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await settled(ready)).toBe(false);
    expect(show).toHaveBeenCalledTimes(1);
    guide.capture();
    expect(await settled(ready)).toBe(true);
  });

  it('end when they are stopped', async () => {
    const stop = new AbortController();
    const show = vi.fn();
    const ready = timed(show, 3).ready(step, stop.signal);
    const outcome = expect(ready).rejects.toBe('enough');
    stop.abort('enough');
    await outcome;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(show).toHaveBeenCalledTimes(1);
    await expect(timed(show, 3).ready(step, stop.signal)).rejects.toBe('enough');
  });
});
