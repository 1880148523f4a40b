/**
 * `visavis/browser`: camera, pictures, and the answer to a challenge. It needs no API key.
 *
 * ```ts
 * import { answerChallenge, Camera, PROMPTS, timed } from 'visavis/browser';
 *
 * const challenge = await (await fetch('/login/face', { method: 'POST' })).json(); // your backend
 * const camera = await Camera.open(video);
 * const guide = timed((step, seconds) => { prompt.textContent = `${PROMPTS[step.pose]}: ${seconds}`; }, 4);
 * const { assertion } = await answerChallenge({ url, challenge, camera, guide });
 * ```
 */
export {
  Camera,
  type CameraDevice,
  CameraError,
  type CameraErrorCode,
  type CameraOptions,
} from './camera.ts';
export {
  type ConfigurationCode,
  ConfigurationError,
  type ConnectionCode,
  ConnectionError,
  VisavisError,
} from './errors.ts';
export { enrolFace, type FaceLoginSteps, faceLogin } from './face-login.ts';
export {
  type AnswerOptions,
  answerChallenge,
  ChallengeExpired,
  type Guide,
  manual,
  type Pose,
  PROMPTS,
  type Step,
  timed,
} from './login.ts';
export { drawJpeg, LONGER_SIDE, preparePicture, UnreadablePicture } from './picture.ts';
export { ApiError, type ApiErrorCode, type Problem, type ProblemCode } from './problem.ts';
export { type StepUpCode, type StepUpDetails, StepUpRefused } from './step-up-error.ts';
export type { Action, Challenge, LoginAnswer } from './types.ts';
