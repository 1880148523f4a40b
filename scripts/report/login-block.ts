/**
 * Block of docs/login.md on the shipped network's rates, written by the command that measures them.
 */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import type { Interval } from '../statistics/intervals.ts';
import { between, integer, percent, rate, table } from './format.ts';
import type { CardModel } from './model-card.ts';

/** Rates that NIST SP 800-63B-4 section 3.2.3.1 asks for. */
const NIST_FMR = 1e-4;
const NIST_FNMR = 0.05;

/**
 * VAL under which the documentation has to warn: one honest login in ten fails by the match alone.
 */
const LEAST_VAL = 0.9;

type Measured = Rate & { readonly valInterval: Interval };

export function loginBlock({ name, calibration, accuracy }: CardModel): string {
  const at = (rates: readonly Measured[], far: number) => rates.find((r) => r.far === far);
  const cell = (found: Measured | undefined) =>
    found ? `${percent(found.val)} (${between(found.valInterval)})` : 'not offered';
  const rows = calibration.templates.map(({ pictures, rates }) => [
    String(pictures),
    cell(at(rates, 1e-3)),
    cell(at(rates, NIST_FMR)),
  ]);
  return `Share of comparisons between a template and a new picture of the same person that \`${name}\` accepts (VAL, with 95 % intervals; ${integer(calibration.identities)} people who were in no training of ours: ${calibration.data}):

${table(['pictures in the template', 'at FAR 1e-3', 'at FAR 1e-4'], rows)}

${verdict(calibration.templates.map(({ rates }) => at(rates, NIST_FMR)?.val ?? 0))}

${withinGroups(accuracy)}

Written by \`npm run tool -- card\`; how it was measured is in [the model card](../model/MODEL_CARD.md).`;
}

/** @param vals of each size of template, at the rate that NIST asks for */
function verdict(vals: readonly number[]): string {
  const best = Math.max(...vals);
  const refused = percent(1 - best);
  if (best < LEAST_VAL) {
    return `**At FAR 1e-4, the default \`LOGIN_FAR\`, VAL is under 90 %.** Even by the best row ${refused} of honest comparisons fail, where NIST asks for less than 5 %: with this network such a login is a demonstration, not a factor for production. \`LOGIN_FAR = "0.001"\` refuses fewer honest people and lets in ten times as many others.`;
  }
  if (best <= 1 - NIST_FNMR) {
    return `At FAR 1e-4, the default \`LOGIN_FAR\`, VAL is 90 % or more by the best row, but ${refused} of honest comparisons fail there, where NIST asks for less than 5 %.`;
  }
  return `At FAR 1e-4, the default \`LOGIN_FAR\`, ${refused} of honest comparisons fail by the best row: less than the 5 % NIST asks for, on these pictures.`;
}

/** NIST asks for its rate in every group of people. */
function withinGroups({ groups }: CardModel['accuracy']): string {
  if (groups === undefined) return 'False accepts within groups of people were not measured.';
  const measured = groups.groups.flatMap(({ grouping, group, rates }) => {
    const found = rates.find(({ far }) => far === NIST_FMR);
    return found ? [{ grouping, group, measured: found.measured }] : [];
  });
  const worst = (grouping: string) => {
    const of = measured.filter((m) => m.grouping === grouping);
    return of.sort((a, b) => b.measured - a.measured)[0];
  };
  const told = ['sex', 'origin', 'age'].flatMap((grouping) => {
    const found = worst(grouping);
    return found ? `${rate(found.measured)} for two people of ${grouping} "${found.group}"` : [];
  });
  const kept = measured.every((m) => m.measured <= NIST_FMR);
  return `NIST asks for an FMR of 1e-4 in every group. On ${groups.set} the threshold for FAR 1e-4 ${
    kept ? 'keeps to it' : '**does not keep to it**'
  }: at worst ${told.join(', ')} (upper bounds; the card has all groups).`;
}
