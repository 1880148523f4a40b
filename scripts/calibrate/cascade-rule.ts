/** Rule of a cascade, as it is asked for: which distances the fast network decides, and what its distance weighs elsewhere. */
import { findRate, type OperatingPoints } from '../../worker/face/decision/calibration.ts';
import type { CascadeRule } from '../../worker/face/decision/cascade.ts';
import { Mistake } from '../mistake.ts';

export const RULE_ARGS = {
  'same-share': {
    type: 'string',
    valueHint: '0 to 1',
    description:
      'Share of the rate that is asked for up to whose threshold the fast network\'s "same" is taken',
  },
  'different-far': {
    type: 'string',
    valueHint: 'rate',
    description:
      'False-accept rate beyond whose threshold the fast network\'s "different" is taken',
  },
  'fast-weight': {
    type: 'string',
    valueHint: '0 to 1',
    description:
      "Weight of the fast network's distance where both are asked; default of the three: as the cascade has them, else 0.1, 0.1 and 0",
  },
} as const;

/** Rule of a cascade that is new: the fast network has no vote, whatever it is worth. */
const CAUTIOUS: CascadeRule = { sameShare: 0.1, differentFar: 0.1, fastWeight: 0 };

/**
 * @param shipped rule of the cascade as it is, for what is not asked
 * @throws Mistake for a rate that the fast network has no threshold of, a share beyond 0 to 1, or such a weight
 */
export function ruleOf(
  fast: OperatingPoints,
  asked: Readonly<Partial<Record<keyof typeof RULE_ARGS, string | undefined>>>,
  shipped: CascadeRule = CAUTIOUS,
): CascadeRule {
  const number = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : Number(text);
  const rule = {
    sameShare: number(asked['same-share'], shipped.sameShare),
    differentFar: number(asked['different-far'], shipped.differentFar),
    fastWeight: number(asked['fast-weight'], shipped.fastWeight),
  };
  if (findRate(fast, rule.differentFar) === undefined) {
    throw new Mistake(`--different-far: the fast network has no threshold of ${rule.differentFar}`);
  }
  if (!(rule.sameShare > 0 && rule.sameShare <= 1)) {
    throw new Mistake(`--same-share: not a share, above 0 and up to 1: ${asked['same-share']}`);
  }
  if (!(rule.fastWeight >= 0 && rule.fastWeight <= 1)) {
    throw new Mistake(`--fast-weight: not from 0 to 1: ${asked['fast-weight']}`);
  }
  return rule;
}
