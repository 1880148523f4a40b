/** The rule of a cascade, as it is asked for on the command line. */
import { describe, expect, it } from 'vitest';
import { ruleOf, thresholdOf } from '../../../scripts/calibrate/cascade-rule.ts';
import { Mistake } from '../../../scripts/mistake.ts';

const fast = {
  rates: [
    { far: 0.1, threshold: 1.7, val: 0.9 },
    { far: 0.01, threshold: 1.4, val: 0.8 },
    { far: 0.00001, threshold: 1, val: 0.5 },
  ],
  largestImpostorDistance: 3,
};
const shipped = { sameFar: 0.00001, differentFar: 0.01, fastWeight: 0.5 };

describe('the rule of a cascade', () => {
  it('is that of the cascade as it is, where no other is asked for', () => {
    expect(ruleOf(fast, {}, shipped)).toEqual(shipped);
    expect(ruleOf(fast, { 'different-far': '0.1' }, shipped)).toEqual({
      ...shipped,
      differentFar: 0.1,
    });
  });

  it('gives the fast network of a new one no vote', () => {
    expect(ruleOf(fast, {})).toEqual({ sameFar: 1e-5, differentFar: 0.1, fastWeight: 0 });
  });

  it.each([
    [{ 'same-far': '0.5' }, '--same-far: the fast network has no threshold of 0.5'],
    [{ 'same-far': '0.01' }, '--same-far: not rarer than --different-far'],
    [{ 'different-far': 'often' }, '--different-far: the fast network has no threshold of NaN'],
    [{ 'fast-weight': '-0.1' }, '--fast-weight: not from 0 to 1: -0.1'],
    [{ 'fast-weight': 'half' }, '--fast-weight: not from 0 to 1: half'],
  ])('is not %j', (asked, said) => {
    expect(() => ruleOf(fast, asked, shipped)).toThrow(Mistake);
    expect(() => ruleOf(fast, asked, shipped)).toThrow(said);
  });

  it('needs thresholds that the fast network has', () => {
    expect(thresholdOf(fast, 0.01, '--x')).toBe(1.4);
    expect(() => thresholdOf(fast, 0.001, '--x')).toThrow('--x: the fast network has no');
  });
});
