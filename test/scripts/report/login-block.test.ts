import { describe, expect, it } from 'vitest';
import { loginBlock } from '../../../scripts/report/login-block.ts';
import type { CardModel } from '../../../scripts/report/model-card.ts';

/** A model whose templates of one and four pictures have these VALs at FAR 1e-4. */
function modelOf(vals: readonly [number, number], within?: number): CardModel {
  const rates = (val: number) => [
    { far: 1e-3, threshold: 1.2, val: 0.97, valInterval: [0.96, 0.98] },
    { far: 1e-4, threshold: 1.1, val, valInterval: [val - 0.01, val + 0.01] },
  ];
  const group = (grouping: string, group: string, measured: number) => ({
    grouping,
    group,
    rates: [{ far: 1e-4, measured }],
  });
  const groups = {
    set: 'faces of groups',
    groups: [
      group('anybody', 'all', 1e-4),
      group('sex', 'female', 1e-4),
      group('sex', 'male', 5e-5),
      group('origin', 'Asian', within ?? 1e-4),
      group('age', '0–4', 1e-4),
    ],
  };
  return {
    name: 'standin',
    calibration: {
      data: 'made-up people',
      identities: 1200,
      templates: [
        { pictures: 1, rates: rates(vals[0]) },
        { pictures: 4, rates: rates(vals[1]) },
      ],
    },
    accuracy: within === undefined ? {} : { groups },
  } as unknown as CardModel;
}

describe("docs/login.md's block", () => {
  it('gives the rates of templates by their pictures', () => {
    const block = loginBlock(modelOf([0.8, 0.85]));
    expect(block).toContain('1,200 people');
    expect(block).toMatch(/\| 1 +\| 97\.00 % \(96\.0–98\.0 %\) \| 80\.00 % \(79\.0–81\.0 %\) \|/);
    expect(block).toMatch(/\| 4 +\| 97\.00 % .* \| 85\.00 % /);
    expect(block).not.toMatch(/undefined|NaN|\[object/);
  });

  it('warns of a VAL under 90 %, and of an FNMR that NIST would not have', () => {
    const warned = '**At FAR 1e-4, the default `LOGIN_FAR`, VAL is under 90 %.**';
    expect(loginBlock(modelOf([0.4, 0.8999]))).toContain(warned);
    const between = loginBlock(modelOf([0.4, 0.9]));
    expect(between).not.toContain('under 90 %');
    expect(between).toContain('10.00 % of honest comparisons fail there, where NIST asks for less');
    expect(loginBlock(modelOf([0.9, 0.9501]))).toContain('4.99 % of honest comparisons fail');
    expect(loginBlock(modelOf([0.9, 0.9501]))).toContain('less than the 5 % NIST asks for');
  });

  it('names the groups in which it errs most', () => {
    expect(loginBlock(modelOf([0.9, 0.9]))).toContain('were not measured');
    expect(loginBlock(modelOf([0.9, 0.9], 1e-4))).toContain('keeps to it');
    const block = loginBlock(modelOf([0.9, 0.9], 0.038));
    expect(block).toContain('**does not keep to it**');
    expect(block).toContain('3.8e-2 for two people of origin "Asian"');
    expect(block).toContain('1e-4 for two people of sex "female"');
  });
});
