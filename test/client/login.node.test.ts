import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answerChallenge,
  ChallengeExpired,
  type Guide,
  manual,
  type Step,
  timed,
} from '../../client/login.ts';
import { ApiError } from '../../client/problem.ts';
import type { Challenge } from '../../client/types.ts';

const challenge: Challenge = {
  id: 'an/id',
  challenge: 'a.b.c.d.e',
  actions: ['look-up', 'turn-left', 'look-up'],
  expiresAt: new Date(Date.now() + 120_000).toISOString(),
  far: 0.0001,
};

describe('answerChallenge', () => {
  let requests: Request[];
  let answer: () => Response;
  const original = globalThis.fetch;
  beforeEach(() => {
    requests = [];
    answer = () => Response.json({ assertion: 'x.y.z', expiresAt: 'then' });
    globalThis.fetch = async (input, init) => {
      requests.push(new Request(input, init));
      return answer();
    };
  });
  afterEach(() => {
    globalThis.fetch = original;
  });

  /** Each frame's bytes tell which one it is. */
  const camera = () => {
    let taken = 0;
    return { frame: async () => new Blob([`frame ${taken++}`], { type: 'image/jpeg' }) };
  };
  const url = 'https://faces.test';
  const framesPerPose = 1;
  const willing: Guide = { ready: async () => {} };

  it('asks for the frontal picture, then for each action, and sends them in that order', async () => {
    const steps: string[] = [];
    const guide: Guide = {
      ready: async ({ index, total, pose }) => void steps.push(`${index}/${total} ${pose}`),
      captured: ({ index }) => steps.push(`took ${index}`),
      sending: () => steps.push('sending'),
    };
    const result = await answerChallenge({
      url,
      challenge,
      camera: camera(),
      guide,
      framesPerPose,
    });
    expect(result).toEqual({ assertion: 'x.y.z', expiresAt: 'then' });
    expect(steps).toEqual([
      '0/4 frontal',
      'took 0',
      '1/4 look-up',
      'took 1',
      '2/4 turn-left',
      'took 2',
      '3/4 look-up',
      'took 3',
      'sending',
    ]);
    const [request] = requests;
    expect(request?.url).toBe('https://faces.test/v1/challenges/an%2Fid/response');
    expect(request?.headers.has('authorization')).toBe(false);
    expect(request?.credentials).toBe('omit');
    const form = (await request?.formData()) as FormData;
    expect([...form.keys()]).toEqual(['challenge', 'frontal', 'action', 'action', 'action']);
    expect(form.get('challenge')).toBe('a.b.c.d.e');
    const frames = [form.get('frontal'), ...form.getAll('action')] as Blob[];
    expect(await Promise.all(frames.map((frame) => frame.text()))).toEqual([
      'frame 0',
      'frame 1',
      'frame 2',
      'frame 3',
    ]);
  });

  it('takes three frames of each pose, a while apart, and sends them together', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const captured: string[] = [];
      const guide: Guide = {
        ...willing,
        captured: ({ pose }, frame) =>
          void frame.text().then((text) => captured.push(`${pose} ${text}`)),
      };
      const result = answerChallenge({ url, challenge, camera: camera(), guide });
      await vi.advanceTimersByTimeAsync(249);
      expect(captured).toEqual([]);
      await vi.advanceTimersByTimeAsync(8 * 250);
      await result;
      const form = (await requests[0]?.formData()) as FormData;
      const texts = (name: string) =>
        Promise.all((form.getAll(name) as Blob[]).map((frame) => frame.text()));
      expect(await texts('frontal')).toEqual(['frame 0', 'frame 1', 'frame 2']);
      expect(await texts('action')).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11].map((i) => `frame ${i}`));
      expect(captured[0]).toBe('frontal frame 2');
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes no further frame of a pose once it is stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    let taken = 0;
    const counting = {
      frame: async () => {
        if (++taken === 2) stop.abort(reason);
        return new Blob();
      },
    };
    const { signal } = stop;
    const result = answerChallenge({ url, challenge, camera: counting, guide: willing, signal });
    await expect(result).rejects.toBe(reason);
    expect(taken).toBe(2);
    expect(requests).toEqual([]);
  });

  it('throws what the API answers', async () => {
    const problem = { code: 'login_failed', detail: 'No.', status: 403, requestId: 'r' };
    answer = () => Response.json(problem, { status: 403 });
    const result = answerChallenge({
      url,
      challenge,
      camera: camera(),
      guide: willing,
      framesPerPose,
    });
    await expect(result).rejects.toThrow(ApiError);
  });

  it('sends nothing when the challenge has run out', async () => {
    const late = { ...challenge, expiresAt: new Date(Date.now() - 1).toISOString() };
    const result = answerChallenge({
      url,
      challenge: late,
      camera: camera(),
      guide: willing,
      framesPerPose,
    });
    await expect(result).rejects.toThrow(ChallengeExpired);
    expect(requests).toEqual([]);
  });

  it('takes no picture and sends nothing once it is stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    let taken = 0;
    const counting = {
      frame: async () => {
        taken++;
        return new Blob();
      },
    };
    const guide: Guide = {
      ready: async ({ index }) => {
        if (index === 1) stop.abort(reason);
      },
    };
    const { signal } = stop;
    const result = answerChallenge({
      url,
      challenge,
      camera: counting,
      guide,
      signal,
      framesPerPose,
    });
    await expect(result).rejects.toBe(reason);
    expect(taken).toBe(1);
    expect(requests).toEqual([]);
  });
});

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
