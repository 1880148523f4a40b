/** Sections of the model card on searches among many, and on grouping. */
import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import type { GroupingFile } from '../evaluate/grouping-report.ts';
import { between, codes, integer, percent, rate, table } from './format.ts';

/** Template sizes that the card shows: a single picture, and what enrolment is advised to take. */
const SHOWN = [1, 3];

/** @returns nothing for a model that was calibrated before there were searches */
export function identificationSection({ templates }: CalibrationFile): string {
  const rows = templates
    .filter(({ pictures }) => SHOWN.includes(pictures))
    .flatMap(({ pictures, identification = [] }) =>
      identification.flatMap(({ size, rank1, rates }) =>
        rates.map((row) => [
          String(pictures),
          integer(size),
          rate(row.fpir),
          row.threshold.toFixed(3),
          integer(row.falseIdentifications),
          between(row.fpirInterval, 2),
          `${percent(row.fnir, 1)} (${between(row.fnirInterval)})`,
          percent(rank1, 1),
        ]),
      ),
    );
  if (rows.length === 0) return '';
  const head = ['pictures', 'gallery', 'FPIR', 'threshold', 'false', '95 %', 'FNIR', 'rank-1'];
  return `### Searches among many

Thresholds of \`POST /v1/identify\`, by the pictures of a template and the size of the gallery, from the people above: every picture is searched in galleries of other people, one template each, cut out of all of them in a random order so that the galleries of a search share nobody. FPIR is the share of those searches that name somebody; a rate is offered where 30 false identifications or more were counted. FNIR is the share of searches in galleries that hold the person as well and do not name them, because somebody else is nearer, the distance is over the threshold, or the picture was refused. Intervals are over the people searched for. Between the sizes thresholds are interpolated; beyond the largest, comparisons are taken as independent, FPIR = 1 − (1 − FAR)^N, down to a hundredth of the rarest FAR. The answer says which (\`basis\`).

${table(head, rows)}`;
}

export function groupingSection(grouping: GroupingFile | undefined): string {
  if (grouping === undefined) return '';
  const { identities, pictures, refused, rank1, rates, byDefault, data, command } = grouping;
  const rows = rates.map((row) => [
    `${rate(row.far)}${row.far === byDefault ? ' (default)' : ''}`,
    integer(row.groups),
    ...[row.f, row.precision, row.recall, row.pairPrecision, row.pairRecall].map((share) =>
      percent(share, 1),
    ),
  ]);
  const head = ['FAR', 'groups', 'B-cubed F', 'precision', 'recall', 'pairs: precision', 'recall'];
  return `### Grouping

All ${integer(pictures)} pictures of ${integer(identities)} people (${data}) grouped in one run by average linkage, as \`POST /v1/clusters\` and \`npm run tool -- sort\` do, up to the threshold of a false-accept rate. Method and default were chosen on 200 other people. Refused pictures (${codes(refused) || 'none'}) are groups of their own. Of ${percent(rank1, 1)} of the pictures the nearest other picture is of the same person (refused ones are misses). By \`${command}\`.

${table(head, rows)}`;
}
