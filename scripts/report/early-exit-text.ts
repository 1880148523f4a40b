/** Section of the model card on early exit: how often mirror images are embedded, and what it changes. */
import type { CalibratedRate, CalibrationFile } from '../calibrate/calibration-file.ts';
import { percent, points, rate, table } from './format.ts';

/** Rates that are shown of templates. */
const SHOWN_FARS = [1e-3, 1e-4] as const;

/** Empty for a network that embeds crops alone. */
export function earlyExitText({ earlyExit, templates, rates }: CalibrationFile): string {
  if (earlyExit === undefined) return '';
  const { crop, mirrored, againstFull } = earlyExit;
  const near = crop.rates.at(-1) as { far: number };
  const differences = againstFull.map(({ far, difference, interval }) => [
    rate(far),
    points(difference),
    interval.map(points).join(' to '),
  ]);
  const rows = templates.map(({ pictures, rates, earlyExit }) => [
    String(pictures),
    ...SHOWN_FARS.flatMap((far) => [val(rates, far), val(earlyExit?.points.rates ?? [], far)]),
  ]);
  return `### Early exit

An embedding is the mean of the crop's and its mirror image's. A verification compares the crops first. Their distance decides if it is within their own threshold at ${rate(near.far)}, or beyond that at 1e-1; it is then mapped to the scale of full embeddings by the thresholds of the same rates. Otherwise the mirror images are embedded too: for ${percent(mirrored.genuine, 1)} of the pairs of one person, and ${percent(mirrored.impostors, 1)} of those of two people. The thresholds above are those of the resulting distances. VAL less that of full embeddings, each at its own thresholds, with 95 % intervals of a paired bootstrap over people:

${table(['FAR', 'difference', '95 %'], differences)}

Verification of a picture against a template does the same. VAL of full embeddings, as logins use them, and with early exit:

${table(['pictures in the template', ...SHOWN_FARS.flatMap((far) => [`${rate(far)}: full`, 'early exit'])], rows)}

Enrolment, logins, galleries and groups use full embeddings, whose thresholds of pairs are ${rates.map(({ far, threshold }) => `${threshold.toFixed(4)} at ${rate(far)}`).join(', ')}.`;
}

function val(rates: readonly CalibratedRate[], far: number): string {
  const found = rates.find((one) => one.far === far);
  return found === undefined ? 'not offered' : percent(found.val);
}
