/** Answers of the API, in the words of somebody who holds a phone. */
import {
  CameraError,
  type CameraErrorCode,
  ChallengeExpired,
  UnreadablePicture,
} from '../client/browser.ts';
import { ApiError } from '../client/problem.ts';

export interface Explanation {
  readonly title: string;
  /** Advice: what to do about it. */
  readonly hint: string;
  /** Details for whoever asks the operator. */
  readonly small?: string;
}

/** An empty hint: the answer has the better one. */
const PROBLEMS: Readonly<Record<string, readonly [title: string, hint: string]>> = {
  unauthorized: ['The API key is not accepted', 'Check the key above, and that it is complete.'],
  not_configured: ['This deployment is not ready', 'Its operator still has to configure it.'],
  unavailable: ['Not available at the moment', 'Wait a few seconds, then try again.'],
  no_face: ['No face found', 'Take a picture that shows the whole face, in even light.'],
  multiple_faces: [
    'More than one face',
    'Crop the picture to one person, or choose “Take the largest”.',
  ],
  low_quality: ['The picture is not good enough', 'Take one in even light, of the whole face.'],
  face_too_small: ['The face is too small', 'Come closer, or take a larger picture.'],
  unsupported_format: ['Not a picture we can read', 'Choose another, or save it as a JPEG.'],
  undecodable_image: ['The picture is damaged', 'Open and save it again, or choose another one.'],
  payload_too_large: ['The picture is too large', 'Choose a smaller one.'],
  image_too_large: ['The picture has too many pixels', 'Choose a smaller one.'],
  already_enrolled: [
    'This person is already enrolled',
    'Enrol them under that name, or allow the same person twice.',
  ],
  gallery_full: ['The gallery is full', 'Delete somebody first.'],
  forbidden: ['That is not allowed', ''],
  rate_limited: ['Too many requests', 'Wait a moment, then try again.'],
  overloaded: ['Busy at the moment', 'Wait a few seconds, then try again.'],
  internal: ['Something failed on our side', 'Try again. If it keeps failing, tell the operator.'],
  login_failed: [
    'Not recognised',
    'Look for even light, keep your face in the oval and turn your head a little further.',
  ],
  challenge_invalid: ['This login is no longer valid', 'It may have taken too long. Start again.'],
  challenge_used: ['This login was used already', 'Each one counts once. Start again.'],
  template_expired: ['The enrolment is too old', 'Enrol again.'],
  template_model_mismatch: ['The enrolment is from another version', 'Enrol again.'],
  template_invalid: ['The enrolment does not fit', 'Enrol again.'],
  subject_locked: ['Locked after too many attempts', 'Only the operator can open it again.'],
  too_many_attempts: ['Too many attempts', 'Wait before you try again.'],
};

const REASONS: Readonly<Record<string, string>> = {
  face_too_small: 'Come closer: the face is too small.',
  blurred: 'It is blurred: hold still, and wipe the lens.',
  noisy: 'It is grainy: find more light, and send no photocopy.',
  too_dark: 'It is too dark: turn towards a light.',
  too_bright: 'It is too bright: avoid the glare.',
  turned: 'Look straight at the camera, not to a side.',
  up_or_down: 'Look straight at the camera, not up or down.',
  tilted: 'Hold your head upright, or turn the picture.',
  mouth_covered: 'Mouth and nose are covered: take off the mask.',
  eyes_covered: 'The eyes are covered: take off the sunglasses.',
  different_people: 'The pictures do not seem to show one person.',
  same_picture: 'Two of the pictures are the same: take them one by one.',
};

const CAMERA: Readonly<Record<CameraErrorCode, readonly [title: string, hint: string]>> = {
  denied: ['No permission for the camera', 'Allow it in the address bar of your browser.'],
  missing: ['No camera found', 'Connect one, or choose a file instead.'],
  busy: ['The camera is in use', 'Close the other program that uses it, then try again.'],
  insecure: ['No camera on an insecure page', 'Open this page over HTTPS or on localhost.'],
  ended: ['The camera stopped', 'Start it again.'],
};

/** Whatever was thrown, for a person. */
export function explain(error: unknown): Explanation {
  if (error instanceof ApiError) return explainProblem(error);
  if (error instanceof CameraError) return pair(CAMERA[error.code]);
  if (error instanceof ChallengeExpired) {
    return { title: 'That took too long', hint: 'A login is open for two minutes. Start again.' };
  }
  if (error instanceof UnreadablePicture) {
    return {
      title: 'Not a picture your browser can read',
      hint: 'Choose another, or save it as a JPEG.',
    };
  }
  return {
    title: 'The deployment does not answer',
    hint: 'Check your connection, then try again.',
  };
}

/** Title of a problem that an answer tells by its code alone. */
export function problemTitle(code: string): string {
  return PROBLEMS[code]?.[0] ?? code;
}

/** Advice on what is wrong with a picture. */
export function reasonWords(reasons: readonly string[]): string {
  return reasons.map((reason) => REASONS[reason] ?? reason).join(' ');
}

function explainProblem({ problem, retryAfterSeconds }: ApiError): Explanation {
  const known = PROBLEMS[problem.code];
  const reasons = problem.reasons ?? [];
  const wait = retryAfterSeconds === undefined ? '' : ` (${duration(retryAfterSeconds)})`;
  const base = reasons.length
    ? { title: reasonsTitle(reasons), hint: reasonWords(reasons) }
    : known
      ? { title: known[0], hint: known[1] || problem.detail }
      : { title: problem.title, hint: problem.detail };
  const id = problem.requestId ? `, request ${problem.requestId}` : '';
  return { ...base, hint: base.hint + wait, small: `${problem.code}${id}` };
}

function reasonsTitle(reasons: readonly string[]): string {
  const together = ['different_people', 'same_picture'];
  return reasons.every((reason) => together.includes(reason))
    ? 'The pictures do not go together'
    : 'The picture is not good enough';
}

function pair([title, hint]: readonly [string, string]): Explanation {
  return { title, hint };
}

/** `0.001` is `1 in 1,000`. */
export function oneIn(far: number): string {
  return `1\u00a0in\u00a0${Math.round(1 / far).toLocaleString('en')}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
