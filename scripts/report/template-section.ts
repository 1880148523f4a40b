/** Section of the model card on templates: their thresholds, what they lose, what is refused. */
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import { GATES } from '../../worker/face/quality/enrolment-gates.ts';
import type {
  Beyond,
  CalibratedTemplates,
  CalibrationFile,
} from '../calibrate/calibration-file.ts';
import type { GateReport } from '../calibrate/gate-report.ts';
import type { SetReport } from '../evaluate/set-report.ts';
import { between, codes, integer, percent, points, rate } from './format.ts';
import { rateTable, templateTable } from './tables.ts';

export function templateSection(calibration: CalibrationFile, lfw: SetReport): string {
  const { templates, beyond, gates } = calibration;
  if (templates.length === 0) {
    return '### Templates\n\nThere were too few pairs to calibrate templates: nobody can be enrolled with this network.';
  }
  const parts = [
    `### Templates

A template is the mean of the embeddings of 1 to 5 pictures, kept as 128 bytes. Its distance from a picture is not that of two pictures, so its thresholds are its own, by the number of its pictures. They were measured on the people above, with templates made as enrolment makes them: from pictures that pass the quality gates, and that pass for one person, every two of them at FAR ${rate(ENROLMENT_FAR)}. Each template is compared with the other pictures of its person (VAL; refused pictures count as not matched) and with all pictures of all others (FAR). A person with more good pictures than a template takes gets as many templates as good pictures, which overlap; two people are compared both ways. So a rate is offered only where 60 impostor comparisons or more lie under its threshold, and intervals are over people.`,
    templateTable(templates),
    enrolled(templates),
    `The gates refuse ${gateText(gates)} of the pictures above${lfw.templates ? `, and ${gateText(lfw.templates.gates)} of LFW's` : ''}: photographs of the press, where people rarely face the camera as they do to log in. The limits: a face ${GATES.faceWidth} pixels wide, sharpness ${GATES.sharpness}, exposure ${GATES.darkest} to ${GATES.brightest}, yaw ${GATES.yaw}°, pitch ${GATES.pitch}° and roll ${GATES.roll}° to either side; chosen by \`npm run tool -- gate-limits\`. Intervals of these shares are Wilson's, over pictures.`,
  ];
  if (beyond) parts.push(beyondText(beyond, templates));
  if (lfw.templates) parts.push(loss(lfw, lfw.templates));
  return parts.filter(Boolean).join('\n\n');
}

/** Share of people who could not be enrolled: they are in no VAL, so it stands beside it. */
function enrolled(templates: readonly CalibratedTemplates[]): string {
  const sets = templates
    .filter(({ pictures }) => pictures > 1)
    .map(({ pictures, templates, notOnePerson }) => {
      const all = templates + notOnePerson;
      return `${percent(notOnePerson / all, 1)} of ${integer(all)} sets of ${pictures}`;
    });
  if (sets.length === 0) return '';
  return `VAL is of those who were enrolled. Of sets of good pictures of one person, often taken years apart, enrolment took these for several people and refused them: ${sets.join(', ')}.`;
}

function gateText({ pictures, refused, interval, byReason }: GateReport): string {
  const reasons = codes(byReason);
  return `${percent(refused / pictures, 1)} (${between(interval)}; ${integer(refused)} of ${integer(pictures)}${reasons ? `: ${reasons}` : ''})`;
}

/** @param templates those whose thresholds are taken, the most pictures last */
export function beyondText(
  { pictures, impostorPairs, rates }: Beyond,
  templates: readonly { readonly pictures: number }[],
): string {
  const accepted = rates.map(
    (r) =>
      `${rate(r.far)}: ${rate(r.accepted / impostorPairs)} (${r.interval.map(rate).join(' to ')})`,
  );
  return `Templates of ${pictures} pictures take the thresholds of ${templates.at(-1)?.pictures}. Measured on ${integer(impostorPairs)} impostor comparisons, the false-accept rate is then, at ${accepted.join('; at ')} (95 % intervals by Clopper and Pearson over comparisons, which share people: rather too narrow).`;
}

function loss(lfw: SetReport, report: NonNullable<SetReport['templates']>): string {
  const accuracy =
    lfw.accuracy && report.accuracy
      ? `the accuracy is ${percent(report.accuracy.mean)} instead of ${percent(lfw.accuracy.mean)} (${points(report.accuracy.mean - lfw.accuracy.mean)}), `
      : '';
  return `With the reference of each LFW pair as a template of one picture, ${accuracy}the AUC ${report.auc.toFixed(5)} instead of ${lfw.auc.toFixed(5)}; no squared distance moved by more than ${report.largestChange.toFixed(4)}. The thresholds of templates of one picture on LFW:

${rateTable(lfw, report.shipped)}`;
}
