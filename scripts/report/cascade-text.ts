/** Figures of a cascade, as Markdown. */
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import { between, integer, percent, plusMinus, points, rate, table } from './format.ts';

export function cascadeText(file: CascadeFile): string {
  const { fast, slow, asked, mirrored } = file;
  const both = `${fast}+${slow}`;
  return [
    `\`${slow}\` is asked about ${percent(asked.genuine, 1)} of the pairs of one person and ${percent(asked.impostors, 1)} of those of two; of ${percent(mirrored.genuine, 1)} and ${percent(mirrored.impostors, 1)} of all it embeds the mirror images too ([early exit](../model/MODEL_CARD.md#early-exit)).`,
    '',
    `Thresholds of \`${both}\`, from ${integer(file.identities)} people (${file.data}): ${integer(file.pictures)} pictures, ` +
      `${integer(file.genuinePairs)} genuine and ${integer(file.impostorPairs)} impostor pairs. Intervals of 95 % by a bootstrap over people.`,
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
          difference === undefined ? '' : points(difference.difference),
          difference === undefined ? '' : difference.interval.map(points).join(' to '),
        ];
      }),
    ),
    '',
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

const farsOf = (file: CascadeFile) =>
  file.rates.map(({ far }) => far).filter((far) => far === 1e-3 || far === 1e-4);
