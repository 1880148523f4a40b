/** Parts of the document and of the backend's answers that both scripts need. */
import { ApiError, CameraError } from 'visavis/browser';

export function find<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`there is no #${id}`);
  return element as unknown as T;
}

/** Answer of the backend when it refuses. */
interface Refusal {
  readonly error: string;
  readonly seconds?: number;
  readonly reasons?: readonly string[];
}

export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.error);
  }
}

/** Posts to this site's own backend. @throws Refused */
export async function post<T>(path: string, body?: FormData | object): Promise<T> {
  const form = body instanceof FormData;
  const response = await fetch(path, {
    method: 'POST',
    ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
    ...(!form && { headers: { 'content-type': 'application/json' } }),
  });
  const answer = await response.json().catch(() => ({ error: 'unavailable' }));
  if (!response.ok) throw new Refused(answer as Refusal);
  return answer as T;
}

export const WORDS: Readonly<Record<string, string>> = {
  password_first: 'You are signed out: load this page again, and sign in.',
  not_enrolled: 'No face is set up. Use a code.',
  refused: 'You were not recognised. Try again in even light, or use a code.',
  login_failed: 'You were not recognised. Try again in even light, or use a code.',
  challenge_invalid: 'That took too long. Try again, or use a code.',
  wait: 'Too many attempts. Wait, or use a code.',
  too_many_attempts: 'Too many attempts. Wait, or use a code.',
  locked: 'Your face is locked after too many attempts. Use a code, and set it up anew.',
  subject_locked: 'Your face is locked after too many attempts. Use a code, and set it up anew.',
  enrol_again: 'Your face has to be set up anew. Sign in with a code to do that.',
  confirm_first: 'That was too long ago: confirm with a code again.',
  consent: 'Please tick the box first: without it nothing is set up.',
  pictures: 'Take 1 to 5 pictures first.',
  picture: 'One of the pictures is not good enough.',
};

const REASONS: Readonly<Record<string, string>> = {
  no_face: 'There is no face in it.',
  multiple_faces: 'There is more than one face in it.',
  face_too_small: 'Come closer.',
  blurred: 'Hold still.',
  noisy: 'Find more light.',
  too_dark: 'Turn towards a light.',
  too_bright: 'Avoid the glare.',
  turned: 'Look straight at the camera.',
  up_or_down: 'Look straight at the camera.',
  tilted: 'Hold your head upright.',
  mouth_covered: 'Take off the mask.',
  eyes_covered: 'Take off the sunglasses.',
  different_people: 'They do not seem to show one person.',
  same_picture: 'Two of them are the same.',
};

/** Whatever was thrown, for a person. */
function explain(error: unknown): string {
  if (error instanceof CameraError) return 'The camera cannot be used. Allow it, or use a code.';
  const code =
    error instanceof Refused
      ? error.refusal.error
      : error instanceof ApiError
        ? error.code
        : error instanceof Error && error.name === 'ChallengeExpired'
          ? 'challenge_invalid'
          : 'unavailable';
  const reasons = error instanceof Refused ? (error.refusal.reasons ?? []) : [];
  const words = WORDS[code] ?? 'That does not work at the moment. Try again, or use a code.';
  return [words, ...reasons.map((reason) => REASONS[reason] ?? '')].join(' ').trim();
}

export function showError(id: string, error: unknown): void {
  const place = find(id);
  place.textContent = error === undefined ? '' : explain(error);
  place.hidden = error === undefined;
}
