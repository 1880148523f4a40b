/** Measurements as tables, for the terminal and the card. */
import type { CalibratedTemplates, CalibrationFile } from '../calibrate/calibration-file.ts';
import type { RateReport, SetReport } from '../evaluate/set-report.ts';
import { between, codes, integer, percent, points, rate, table } from './format.ts';

/** Rates of one set, a line each. */
export function rateTable(report: SetReport, rates: readonly RateReport[]): string {
  return table(
    ['FAR', 'threshold', 'impostor pairs accepted', 'measured FAR (95 %)', 'VAL', '95 %'],
    rates.map(({ far, threshold, impostorPairs, farInterval, val, valInterval }) => [
      rate(far),
      threshold.toFixed(4),
      `${integer(impostorPairs)} of ${integer(report.impostorPairs)}`,
      `${rate(impostorPairs / report.impostorPairs)} (${farInterval.map(rate).join(' to ')})`,
      percent(val),
      between(valInterval),
    ]),
  );
}

function templateLines({ accuracy, templates }: SetReport): string[] {
  if (templates === undefined) return [];
  const { gates } = templates;
  return [
    '',
    'References as templates of one picture:',
    '',
    ...(accuracy && templates.accuracy
      ? [
          `accuracy  ${percent(templates.accuracy.mean)} ± ${percent(templates.accuracy.standardError)} (${points(templates.accuracy.mean - accuracy.mean)})`,
        ]
      : []),
    `AUC       ${templates.auc.toFixed(5)}`,
    `moved     no squared distance by more than ${templates.largestChange.toFixed(4)}`,
    `gates     ${percent(gates.refused / gates.pictures)} of the pictures are too bad to enrol by: ${codes(gates.byReason)}`,
  ];
}

/** The whole report of a set, for the terminal. */
export function reportText(report: SetReport): string {
  const { accuracy, refused } = report;
  const lines = [
    `${report.set}: ${integer(report.pictures)} pictures` +
      (report.identities === undefined ? '' : ` of ${integer(report.identities)} people`) +
      `, ${integer(report.genuinePairs)} genuine and ${integer(report.impostorPairs)} impostor pairs`,
    '',
    ...(accuracy
      ? [
          `accuracy  ${percent(accuracy.mean)} ± ${percent(accuracy.standardError)} (standard error)`,
        ]
      : []),
    `AUC       ${report.auc.toFixed(5)}`,
    `refused   ${refused.count} pictures${refused.count > 0 ? `: ${codes(refused.byCode)}` : ''}`,
    ...refused.files.slice(0, 20).map(({ file, code }) => `          ${code}  ${file}`),
    ...(refused.files.length > 20 ? [`          … and ${refused.files.length - 20} more`] : []),
    '',
    'At thresholds from this set:',
    '',
    report.rates.length > 0 ? rateTable(report, report.rates) : 'too few impostor pairs for any.',
  ];
  if (report.shipped.length > 0) {
    lines.push('', 'At the shipped thresholds:', '', rateTable(report, report.shipped));
  }
  if (report.againstFirst !== undefined) {
    const rows = report.againstFirst.map(({ far, difference, interval }) => [
      rate(far),
      points(difference),
      interval.map(points).join(' to '),
    ]);
    lines.push('', 'VAL less that of the first network, paired bootstrap over people:', '');
    lines.push(table(['FAR', 'difference', '95 %'], rows));
  }
  lines.push(...templateLines(report));
  const ends =
    report.identities === undefined
      ? ''
      : ' (of none and of all: Clopper-Pearson over pairs, which is too narrow)';
  return `${lines.join('\n')}\n\n95 % intervals: ${report.intervals}${ends}.`;
}

/** A calibration, for the terminal and the card. */
export function calibrationTable({ rates, impostorPairs, earlyExit }: CalibrationFile): string {
  return table(
    ['FAR', 'threshold', 'impostor pairs', 'FAR, 95 %', 'VAL', 'VAL, 95 %'],
    (earlyExit?.points.rates ?? rates).map((r) => [
      rate(r.far),
      r.threshold.toFixed(4),
      `${integer(r.impostorPairs)} of ${integer(impostorPairs)}`,
      r.farInterval.map(rate).join(' to '),
      percent(r.val),
      between(r.valInterval),
    ]),
  );
}

export function calibrationText(file: CalibrationFile): string {
  const refused = codes(file.refused) || 'none';
  return `${file.model} on ${file.data}: ${integer(file.pictures)} pictures of ${integer(file.identities)} people, refused: ${refused}, dropped: ${file.dropped.length} people

${calibrationTable(file)}${templateText(file)}

Largest impostor distance ${file.largestImpostorDistance.toFixed(4)}. Intervals: ${file.intervals}.`;
}

function templateText({ templates }: CalibrationFile): string {
  return templates.length === 0 ? '' : `\n\nTemplates:\n\n${templateTable(templates)}`;
}

/** Thresholds by the number of pictures, for the terminal and the card. */
export function templateTable(templates: readonly CalibratedTemplates[]): string {
  return table(
    ['pictures', 'FAR', 'threshold', 'impostor comparisons', 'FAR, 95 %', 'VAL', 'VAL, 95 %'],
    templates.flatMap(({ pictures, rates, impostorPairs }) =>
      rates.map((r) => [
        String(pictures),
        rate(r.far),
        r.threshold.toFixed(4),
        `${integer(r.impostorPairs)} of ${integer(impostorPairs)}`,
        r.farInterval.map(rate).join(' to '),
        percent(r.val),
        between(r.valInterval),
      ]),
    ),
  );
}
