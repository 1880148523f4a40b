/** The rule of a cascade, as it is asked for on the command line. */
import { describe, expect, it } from 'vitest';
import { ruleOf } from '../../../scripts/calibrate/cascade-rule.ts';
import { Mistake } from '../../../scripts/mistake.ts';

const fast = {
  rates: [
    { far: 0.1, threshold: 1.7, val: 0.9 },
    { far: 0.01, threshold: 1.4, val: 0.8 },
    { far: 0.00001, threshold: 1, val: 0.5 },
  ],
  largestImpostorDistance: 3,
};
const shipped = { sameShare: 0.2, differentFar: 0.01, fastWeight: 0.5 };

describe('the rule of a cascade', () => {
  it('is that of the cascade as it is, where no other is asked for', () => {
    expect(ruleOf(fast, {}, shipped)).toEqual(shipped);
    expect(ruleOf(fast, { 'different-far': '0.1' }, shipped)).toEqual({
      ...shipped,
      differentFar: 0.1,
    });
  });

  it('gives the fast network of a new one no vote', () => {
    expect(ruleOf(fast, {})).toEqual({ sameShare: 0.1, differentFar: 0.1, fastWeight: 0 });
  });

  it.each([
    [{ 'same-share': '0' }, '--same-share: not a share, above 0 and up to 1: 0'],
    [{ 'same-share': '1.5' }, '--same-share: not a share, above 0 and up to 1: 1.5'],
    [{ 'same-share': 'half' }, '--same-share: not a share, above 0 and up to 1: half'],
    [{ 'different-far': 'often' }, '--different-far: the fast network has no threshold of NaN'],
    [{ 'fast-weight': '-0.1' }, '--fast-weight: not from 0 to 1: -0.1'],
    [{ 'fast-weight': 'half' }, '--fast-weight: not from 0 to 1: half'],
  ])('is not %j', (asked, said) => {
    expect(() => ruleOf(fast, asked, shipped)).toThrow(Mistake);
    expect(() => ruleOf(fast, asked, shipped)).toThrow(said);
  });
});
