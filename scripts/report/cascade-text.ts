/** Figures of a cascade, as Markdown. */

import { cascadeName } from '../../worker/face/decision/cascade.ts';
import type {
  CalibratedCascadeRate,
  CascadeFile,
  CascadeTemplates,
} from '../calibrate/cascade-file.ts';
import type { ValDifference } from '../statistics/paired.ts';
import type { Shares } from '../statistics/recorded-comparisons.ts';
import { between, integer, percent, plusMinus, points, rate, table } from './format.ts';
import { beyondText } from './template-section.ts';

export function cascadeText(file: CascadeFile): string {
  const { slow } = file;
  const both = cascadeName(file);
  return [
    `Thresholds of \`${both}\`, from ${integer(file.identities)} people (${file.data}): ${integer(file.pictures)} pictures, ` +
      `${integer(file.genuinePairs)} genuine and ${integer(file.impostorPairs)} impostor pairs. Intervals of 95 % by a bootstrap over people; each network's own thresholds, and up to which distance the fast one decides, measured on the same people, are taken as fixed. "Deferred": shares of the pairs of one person, and of two, that \`${slow}\` decides; "mirrored": those for which it embeds the mirror images too ([early exit](../model/MODEL_CARD.md#early-exit)).`,
    '',
    table(
      [...rateColumns(slow), 'mirrored, one person', 'two people'],
      file.rates.map((of) => [...rateCells(of), ...shareCells(of.mirrored)]),
    ),
    '',
    `Templates that both networks have embedded, against one picture of the same people; enrolled as the API enrols:`,
    '',
    table(['pictures', 'comparisons', ...rateColumns(slow)], file.templates.flatMap(templateRows)),
    '',
    ...(file.beyond === undefined ? [] : [beyondText(file.beyond, file.templates), '']),
    'LFW, view 2 (3,000 genuine and 3,000 impostor pairs, which chose nothing), asked at 1e-3:',
    '',
    table(
      ['', 'accuracy', 'AUC', 'VAL at FAR 1e-3'],
      file.lfw.map(({ who, accuracy, error, auc, val }) => [
        `\`${who}\``,
        plusMinus({ mean: accuracy, standardError: error }),
        auc.toFixed(5),
        percent(val),
      ]),
    ),
    '',
    'False accepts among people of one origin (UTKFace), upper bounds, at the thresholds above:',
    '',
    table(
      [
        'origin',
        'pictures',
        ...farsOf(file).flatMap((far) => [`${rate(far)}: ${both}`, `${rate(far)}: ${slow}`]),
      ],
      file.origins.map(({ origin, pictures, rates }) => [
        origin,
        integer(pictures),
        ...farsOf(file).flatMap((far) => {
          const one = rates.find((found) => found.far === far);
          return one === undefined ? ['', ''] : [rate(one.cascade), rate(one.slow)];
        }),
      ]),
    ),
    '',
    `Measured by \`${file.command}\`.`,
  ].join('\n');
}

/** Rows of templates of one size. */
function templateRows({ pictures, genuinePairs, impostorPairs, rates }: CascadeTemplates) {
  const comparisons = `${integer(genuinePairs)} and ${integer(impostorPairs)}`;
  return rates.map((of) => [integer(pictures), comparisons, ...rateCells(of)]);
}

const rateColumns = (slow: string) => [
  'FAR',
  'threshold',
  'VAL',
  '95 %',
  `VAL less that of ${slow}`,
  '95 %',
  'deferred, one person',
  'two people',
];

function rateCells(of: CalibratedCascadeRate): string[] {
  const { far, threshold, val, valInterval, deferred, againstSlow } = of;
  return [
    rate(far),
    threshold.toFixed(4),
    percent(val),
    between(valInterval),
    ...differenceCells(againstSlow),
    ...shareCells(deferred),
  ];
}

function shareCells(shares: Shares | undefined): string[] {
  if (shares === undefined) return ['', ''];
  return [percent(shares.genuine, 1), percent(shares.impostors, 1)];
}

function differenceCells(difference: ValDifference | undefined): string[] {
  if (difference === undefined) return ['', ''];
  return [points(difference.difference), difference.interval.map(points).join(' to ')];
}

const farsOf = (file: CascadeFile) =>
  file.rates.map(({ far }) => far).filter((far) => far === 1e-3 || far === 1e-4);
