/**
 * The browser's side of a backend with the face as a second step: `visavis/hono`,
 * `visavis/better-auth`.
 */

import { ConnectionError } from './errors.ts';
import { type AnswerOptions, answerChallenge } from './login.ts';
import { ApiError } from './problem.ts';
import { isStepUpCode, type StepUpCode, StepUpRefused } from './step-up-error.ts';
import type { Challenge } from './types.ts';

export interface FaceLoginSteps extends Omit<AnswerOptions, 'challenge'> {
  /** Path of your backend's `challenge` and `finish`: `/face`, `/api/auth/face`. */
  readonly base: string;
}

/**
 * Looks at the camera, from your backend's challenge to its yes.
 *
 * @throws StepUpRefused where your backend refuses, or the deployment: `refused` where it does not
 *   recognise the person, `wait` and `unavailable` where it could not look; CameraError,
 *   ChallengeExpired, ConnectionError, or the reason of `signal`
 * @example
 * ```ts
 * await faceLogin({ base: '/face', url: 'https://faces.example', camera, guide });
 * ```
 */
export async function faceLogin({ base, ...options }: FaceLoginSteps): Promise<void> {
  const { signal } = options;
  const challenge = await post<Challenge>(`${base}/challenge`, {}, signal);
  const { assertion } = await answerChallenge({ ...options, challenge }).catch(refuse);
  await post(`${base}/finish`, { assertion }, signal);
}

/** Translation of the deployment's refusal: only a look that was judged is told as not recognised. */
function refuse(cause: unknown): never {
  if (!(cause instanceof ApiError)) throw cause;
  const { retryAfterSeconds } = cause;
  switch (cause.code) {
    case 'login_failed':
    case 'challenge_invalid':
    case 'challenge_used':
      throw new StepUpRefused('refused', {}, { cause });
    case 'too_many_attempts':
    case 'rate_limited':
    case 'overloaded':
      throw new StepUpRefused('wait', { retryAfterSeconds }, { cause });
    case 'subject_locked':
      throw new StepUpRefused('locked', {}, { cause });
    default:
      throw new StepUpRefused('unavailable', {}, { cause });
  }
}

/**
 * Sets up a face: 1 to 5 pictures, with the person's consent.
 *
 * @throws StepUpRefused, ConnectionError, or the reason of `signal`
 */
export async function enrolFace(
  base: string,
  images: readonly Blob[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const form = new FormData();
  form.set('consent', 'yes');
  for (const image of images) form.append('image', image, 'image.jpg');
  await post(`${base}/enrol`, form, signal);
}

/** Refusals that Better Auth itself answers, before the plug-in is asked. */
const BETTER_AUTH_CODES: Readonly<Record<string, StepUpCode>> = {
  UNAUTHORIZED: 'signed_out',
  SESSION_NOT_FRESH: 'confirm_first',
};

/** @throws StepUpRefused also where something else than the backend's routes answers, as a proxy */
async function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const form = body instanceof FormData;
  const init = {
    method: 'POST',
    body: form ? body : JSON.stringify(body),
    ...(!form && { headers: { 'content-type': 'application/json' } }),
    ...(signal && { signal }),
  };
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const message = `No answer from ${path}: the network failed.`;
    throw new ConnectionError('unreachable', message, { cause });
  }
  const answer = parse(text);
  if (response.ok && answer) return answer as T;
  const { code, ...details } = response.ok ? {} : (answer ?? {});
  const known = BETTER_AUTH_CODES[String(code)] ?? code;
  if (!isStepUpCode(known)) throw new StepUpRefused('unavailable');
  throw new StepUpRefused(known, details);
}

/** The object that a text is in JSON; undefined where it is none. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
