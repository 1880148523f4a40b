import { describe, expect, it } from 'vitest';
import { isMatch } from '../../../worker/face/decision/match.ts';

describe('a match', () => {
  it.each([
    ['below the threshold', 0.9, true],
    ['at the threshold', 1, true],
    ['beyond the threshold', 1.0000001, false],
    ['no number', Number.NaN, false],
  ])('%s', (_, distance, match) => {
    expect(isMatch(distance, { threshold: 1 })).toBe(match);
  });
});
