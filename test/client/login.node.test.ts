import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerChallenge, ChallengeExpired, type Guide } from '../../client/login.ts';
import { ApiError } from '../../client/problem.ts';
import type { Challenge } from '../../client/types.ts';
import { CHALLENGE_SECONDS, MAX_BODY_MS, MAX_TURN_WAIT_MS } from '../../worker/limits.ts';

const challenge: Challenge = {
  id: 'an/id',
  challenge: 'a.b.c.d.e',
  actions: ['look-up', 'turn-left', 'look-up'],
  expiresAt: new Date(Date.now() + 120_000).toISOString(),
  far: 0.0001,
  enrolAgain: false,
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

  it.each(['faces.test', 'https://faces.test/v1'])(
    'asks for no picture where %s is no origin to send it to',
    async (url) => {
      const ready = vi.fn(async () => {});
      const result = answerChallenge({ url, challenge, camera: camera(), guide: { ready } });
      await expect(result).rejects.toMatchObject({ code: 'invalid_url' });
      expect(ready).not.toHaveBeenCalled();
    },
  );

  it('waits longer than a slow phone may take to send', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout');
    await answerChallenge({ url, challenge, camera: camera(), guide: willing, framesPerPose });
    const milliseconds = timer.mock.calls.map(([, given = 0]) => given);
    timer.mockRestore();
    expect(Math.max(...milliseconds)).toBeGreaterThan(MAX_BODY_MS + MAX_TURN_WAIT_MS);
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

  it('sends nothing when posing took longer than the challenge lives', async () => {
    const now = vi.spyOn(performance, 'now');
    const slow: Guide = {
      ready: async ({ index }) => void now.mockReturnValue(index * (CHALLENGE_SECONDS / 3) * 1_000),
    };
    now.mockReturnValue(0);
    const result = answerChallenge({
      url,
      challenge,
      camera: camera(),
      guide: slow,
      framesPerPose,
    });
    await expect(result.finally(() => now.mockRestore())).rejects.toThrow(ChallengeExpired);
    expect(requests).toEqual([]);
  });

  it.each([-86_400_000, 86_400_000])('minds no clock that is wrong by %i ms', async (error) => {
    const expiresAt = new Date(Date.now() + 120_000 + error).toISOString();
    const asked = { ...challenge, expiresAt };
    await answerChallenge({
      url,
      challenge: asked,
      camera: camera(),
      guide: willing,
      framesPerPose,
    });
    expect(requests).toHaveLength(1);
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
