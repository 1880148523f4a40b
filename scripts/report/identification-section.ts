/** Sections of the model card on searches among many, and on grouping. */
import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import type { GroupingFile } from '../identification/grouping-report.ts';
import {
  type IdentificationFile,
  type IdentificationReport,
  REPORTED_PICTURES,
  type ReportedRate,
} from '../identification/identification-report.ts';
import { between, codes, integer, percent, rate, table } from './format.ts';

/** Template sizes that the card shows: a single picture, and what enrolment is advised to take. */
const SHOWN: readonly number[] = REPORTED_PICTURES;

/** @returns nothing for a model that was calibrated before there were searches */
export function identificationSection({ templates, searchIntervals }: CalibrationFile): string {
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

Thresholds of \`POST /v1/identify\`, by the pictures of a template and the size of the gallery, from the people above: every picture is searched in galleries of other people, one template each, cut out of all of them in a random order so that the galleries of a search share nobody. FPIR is the share of those searches that name somebody; a rate is offered where 30 false identifications or more were counted. FNIR is the share of searches in galleries that hold the person as well and do not name them, because somebody else is nearer, the distance is over the threshold, or the picture was refused. Intervals of FPIR are over ${searchIntervals ?? 'the people searched for'}, of FNIR over the people searched for. Between the sizes thresholds are interpolated; beyond the largest, comparisons are taken as independent, FPIR = 1 − (1 − FAR)^N, down to a hundredth of the rarest FAR. The answer says which (\`basis\`).

${table(head, rows)}`;
}

const promiseKept = ({ promised, fpirInterval: [low, high] }: ReportedRate) =>
  low <= promised && promised <= high ? 'within' : promised < low ? 'above' : 'below';

/** Measured rates of searches beside the promised ones. */
export function searchTable({ searches }: IdentificationReport): string {
  const rows = searches.flatMap(({ pictures, size, rank1, rates }) =>
    rates.map((row) => [
      String(pictures),
      integer(size),
      rate(row.promised),
      row.basis,
      percent(row.fpir, 3),
      between(row.fpirInterval, 3),
      promiseKept(row),
      `${percent(row.fnir, 1)} (${between(row.fnirInterval)})`,
      percent(rank1, 1),
    ]),
  );
  const head = ['pictures', 'gallery', 'FPIR promised', 'basis', 'measured', '95 %', 'measured is'];
  return table([...head, 'FNIR', 'rank-1'], rows);
}

/** @returns nothing for a model whose searches were not measured on others */
export function searchesSection(name: string, file: IdentificationFile | undefined): string {
  if (file === undefined) return '';
  const { sets, dropped, command } = file;
  const left =
    dropped.length === 0
      ? ''
      : ` ${dropped.length} of them were left out, whom two other networks take for somebody else of the set.`;
  const parts = sets.map((report, i) => {
    const who = report.enrolled.map(({ pictures, people, distractors }) => {
      const only =
        distractors === 0
          ? ''
          : ` (${integer(distractors)} of them as distractors only: there is no other picture)`;
      return `${integer(people)} people by templates of ${pictures}${only}`;
    });
    return `**${report.set}**: ${integer(report.pictures)} pictures of ${integer(report.identities)} people, refused: ${codes(report.refused) || 'none'}; enrolled are ${who.join(', ')}.

${searchTable(report)}

![FNIR over FPIR: ${report.set}](${name}/${i === 0 ? 'det.svg' : 'det-lfw.svg'})`;
  });
  return `### Searches for people who set no threshold

The thresholds above, and those that follow from them for other sizes, on people who had no part in setting them.${left} Searches are made as above; on LFW everybody has one template, since some people have hundreds of pictures there. Intervals of FPIR are over both the people searched for and those enrolled (Owen's pigeonhole bootstrap); they hold the sampling of these people, not that of those who set the thresholds. A refused picture is a miss in FNIR and in rank-1. A rate is shown where it lets expect 10 false identifications or more.

${parts.join('\n\n')}

Measured by \`${command}\`.`;
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
