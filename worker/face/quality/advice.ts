/** Advice to the person in the picture, by what is wrong with it. */
const ADVICE = {
  too_dark: 'Put more light on the face.',
  too_bright: 'Use less light, and no light behind the face.',
  blurred: 'Hold still, and focus on the face.',
  noisy: 'Use more light, and no photocopy: the picture is grainy.',
  turned: 'Look straight at the camera.',
  mouth_covered: 'Take off what covers mouth and nose.',
  eyes_covered: 'Take off the sunglasses.',
  face_too_small: 'Come closer, or send a larger picture.',
  up_or_down: 'Hold the camera at the height of the eyes.',
  tilted: 'Hold the head upright, or turn the picture.',
} as const;

/** Advice of one sentence for each reason. */
export function adviceOn(reasons: readonly (keyof typeof ADVICE)[]): string {
  return reasons.map((reason) => ADVICE[reason]).join(' ');
}
