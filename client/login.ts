/** The browser's part of a login: prompts, frames, and the answer to the challenge. */
import type { Camera } from './camera.ts';
import { VisavisError } from './errors.ts';
import { parseOrigin } from './origin.ts';
import { exchange } from './transport.ts';
import type { Action, Challenge, LoginAnswer } from './types.ts';

export type Pose = 'frontal' | Action;

/**
 * Prompts in English, for a page that has no words of its own. Left and right are the person's own.
 */
export const PROMPTS: Readonly<Record<Pose, string>> = {
  frontal: 'Look straight at the camera',
  'turn-left': 'Turn your head to your left',
  'turn-right': 'Turn your head to your right',
  'look-up': 'Lift your chin and look up',
  'look-down': 'Lower your chin and look down',
  'look-up-left': 'Look up and to your left',
  'look-up-right': 'Look up and to your right',
};

/** Frames that a login takes of each pose. */
const MAX_POSE_FRAMES = 3;
/**
 * Life of a challenge. By `expiresAt` alone, nobody whose clock is some minutes fast could ever log
 * in.
 */
const CHALLENGE_MS = 120_000;
/** Time for the answer: a deployment gives a slow phone a minute to send, and then begins to look. */
const ANSWER_MS = 90_000;
/** A blink is over after it, and a head that is still on its way has come further. */
const FRAME_GAP_MS = 250;

/** One picture of the login: first the frontal one, then one for each action. */
export interface Step {
  /** Number of the picture, from 0. */
  readonly index: number;
  readonly total: number;
  readonly pose: Pose;
}

/** Callbacks of a page that leads the person through; see `timed` and `manual`. */
export interface Guide {
  /**
   * Shows what to do and resolves when the picture is to be taken: after a while, or when the
   * person presses a button. Rejects when `signal` is aborted.
   */
  ready(step: Step, signal: AbortSignal): Promise<void>;
  /** The picture is taken; `frame` is the last of those that are sent of it. */
  captured?(step: Step, frame: Blob): void;
  /** All are taken and on their way. */
  sending?(): void;
}

export interface AnswerOptions {
  /** Origin of the deployment. */
  readonly url: string | URL;
  /** Challenge, as the relying party's backend got it. */
  readonly challenge: Challenge;
  readonly camera: Pick<Camera, 'frame'>;
  readonly guide: Guide;
  /**
   * Frames sent of each pose, 1 to 3, a quarter of a second apart; 3 unless said. The first that
   * will do counts, so that a blink costs nothing.
   */
  readonly framesPerPose?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the answer has to be there; 90,000 unless said. */
  readonly timeoutMs?: number | undefined;
}

/** The challenge ran out while the person was posing: ask for a new one. */
export class ChallengeExpired extends VisavisError<'challenge_expired'> {
  override readonly name = 'ChallengeExpired';

  constructor() {
    super('challenge_expired', 'The challenge has run out: ask for a new one.');
  }
}

/**
 * Leads through a challenge and sends the frames, once: a challenge can be answered once, so a
 * response is never sent again, whatever became of it.
 *
 * @returns the assertion, for the relying party's backend to check
 * @throws ApiError, ConnectionError, CameraError, ChallengeExpired, ConfigurationError for a `url` that
 *   is no origin, or the reason of `signal`
 * @example
 * ```ts
 * const guide = timed(({ pose }, left) => show(`${PROMPTS[pose]}: ${left}`), 5);
 * const { assertion } = await answerChallenge({ url, challenge, camera, guide });
 * ```
 */
export async function answerChallenge(options: AnswerOptions): Promise<LoginAnswer> {
  const { challenge, camera, guide } = options;
  const origin = parseOrigin(options.url);
  const signal = options.signal ?? new AbortController().signal;
  const { framesPerPose = MAX_POSE_FRAMES } = options;
  const begun = performance.now();
  const poses: Pose[] = ['frontal', ...challenge.actions];
  const form = new FormData();
  form.set('challenge', challenge.challenge);
  for (const [index, pose] of poses.entries()) {
    const step = { index, total: poses.length, pose };
    await guide.ready(step, signal);
    signal.throwIfAborted();
    const frames = await takeFrames(camera, framesPerPose, signal);
    for (const frame of frames) form.append(index === 0 ? 'frontal' : 'action', frame, 'frame.jpg');
    guide.captured?.(step, frames.at(-1) as Blob);
  }
  // An expired challenge is refused unread: better not to send a face for nothing.
  if (performance.now() - begun >= CHALLENGE_MS) throw new ChallengeExpired();
  guide.sending?.();
  const path = `/v1/challenges/${encodeURIComponent(challenge.id)}/response`;
  const { timeoutMs = ANSWER_MS } = options;
  const init = { method: 'POST', body: form, credentials: 'omit' } as const;
  const request = { url: new URL(path, origin), init, fetch: globalThis.fetch };
  return exchange<LoginAnswer>({ ...request, signal, timeoutMs, retries: 0 });
}

/** @throws the reason of `signal`, or CameraError */
async function takeFrames(
  camera: Pick<Camera, 'frame'>,
  count: number,
  signal: AbortSignal,
): Promise<Blob[]> {
  const frames = [await camera.frame()];
  while (frames.length < count) {
    await new Promise((resolve) => setTimeout(resolve, FRAME_GAP_MS));
    signal.throwIfAborted();
    frames.push(await camera.frame());
  }
  return frames;
}

/**
 * A guide that takes each picture after `seconds`, or sooner when `capture` is called. It counts only
 * while the page is seen.
 *
 * @param show is told of every step, and of every whole second that is left
 */
export function timed(
  show: (step: Step, secondsLeft: number) => void,
  seconds: number,
): Guide & { capture(): void } {
  let capture = () => {};
  return {
    capture: () => capture(),
    ready(step, signal) {
      return new Promise((resolve, reject) => {
        let left = seconds;
        const end = (finish: () => void) => {
          clearInterval(timer);
          signal.removeEventListener('abort', abort);
          capture = () => {};
          finish();
        };
        const abort = () => end(() => reject(signal.reason));
        const tick = () => {
          if (globalThis.document?.hidden) return;
          left -= 1;
          if (left <= 0) end(resolve);
          else show(step, left);
        };
        const timer = Number.isFinite(seconds) ? setInterval(tick, 1_000) : undefined;
        capture = () => end(resolve);
        if (signal.aborted) return abort();
        signal.addEventListener('abort', abort);
        show(step, left);
      });
    },
  };
}

/** A guide without a clock: each picture is taken when `capture` is called, and not before. */
export function manual(show: (step: Step) => void): Guide & { capture(): void } {
  return timed(show, Number.POSITIVE_INFINITY);
}
