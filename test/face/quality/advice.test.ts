import { expect, it } from 'vitest';
import { adviceOn } from '../../../worker/face/quality/advice.ts';
import { enforceFloor } from '../../../worker/face/quality/quality-floor.ts';

it('is a sentence for each thing that is wrong, in their order', () => {
  expect(adviceOn(['blurred', 'up_or_down'])).toBe(
    'Hold still, and focus on the face. Hold the camera at the height of the eyes.',
  );
  expect(adviceOn([])).toBe('');
});

it('stands behind the reasons of a picture below the floor', () => {
  expect(() => enforceFloor({ probe: ['too_dark', 'turned'] })).toThrow(
    'The picture tells too little of the person: too_dark, turned. ' +
      'Put more light on the face. Look straight at the camera.',
  );
});
