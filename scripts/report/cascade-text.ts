/** Figures of a cascade, as Markdown. */

import { cascadeName } from '../../worker/face/decision/cascade.ts';
import type { CascadeFile, CascadeTemplates } from '../calibrate/cascade-file.ts';
import type { ValDifference } from '../statistics/paired.ts';
import { between, integer, percent, plusMinus, points, rate, table } from './format.ts';
import { beyondText } from './template-section.ts';

export function cascadeText(file: CascadeFile): string {
  const { slow, asked, mirrored } = file;
  const both = cascadeName(file);
  return [
    `The fast network defers ${percent(asked.genuine, 1)} of the pairs of one person to \`${slow}\`, and ${percent(asked.impostors, 1)} of those of two people. For ${percent(mirrored.genuine, 1)} and ${percent(mirrored.impostors, 1)} of all pairs \`${slow}\` embeds the mirror images too ([early exit](../model/MODEL_CARD.md#early-exit)).`,
    '',
    `Thresholds of \`${both}\`, from ${integer(file.identities)} people (${file.data}): ${integer(file.pictures)} pictures, ` +
      `${integer(file.genuinePairs)} genuine and ${integer(file.impostorPairs)} impostor pairs. Intervals of 95 % by a bootstrap over people; each network's own thresholds, measured on the same people, are taken as fixed.`,
    '',
    table(
      ['FAR', 'threshold', 'VAL', '95 %', `VAL less that of ${slow}`, '95 %'],
      file.rates.map(({ far, threshold, val, valInterval }) => {
        const difference = file.againstSlow.find((one) => one.far === far);
        return [
          rate(far),
          threshold.toFixed(4),
          percent(val),
          between(valInterval),
          ...differenceCells(difference),
        ];
      }),
    ),
    '',
    `Templates that both networks have embedded, against one picture of the same people; enrolled as the API enrols:`,
    '',
    table(
      [
        'pictures',
        'comparisons',
        'deferred, one person',
        'two people',
        'FAR',
        'threshold',
        'VAL',
        '95 %',
        `VAL less that of ${slow}`,
        '95 %',
      ],
      file.templates.flatMap(templateRows),
    ),
    '',
    ...(file.beyond === undefined ? [] : [beyondText(file.beyond, file.templates), '']),
    'LFW, view 2 (3,000 genuine and 3,000 impostor pairs, which chose nothing):',
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
function templateRows({
  pictures,
  genuinePairs,
  impostorPairs,
  asked,
  rates,
  againstSlow,
}: CascadeTemplates): string[][] {
  return rates.map(({ far, threshold, val, valInterval }) => {
    const difference = againstSlow.find((one) => one.far === far);
    return [
      integer(pictures),
      `${integer(genuinePairs)} and ${integer(impostorPairs)}`,
      percent(asked.genuine, 1),
      percent(asked.impostors, 1),
      rate(far),
      threshold.toFixed(4),
      percent(val),
      between(valInterval),
      ...differenceCells(difference),
    ];
  });
}

function differenceCells(difference: ValDifference | undefined): string[] {
  if (difference === undefined) return ['', ''];
  return [points(difference.difference), difference.interval.map(points).join(' to ')];
}

const farsOf = (file: CascadeFile) =>
  file.rates.map(({ far }) => far).filter((far) => far === 1e-3 || far === 1e-4);
