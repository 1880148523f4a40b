/** `model/MODEL_CARD.md` and the tables of README and docs/benchmarks.md, from what was measured. */

import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import type { OnnxInfo } from '../convert/onnx-reader.ts';
import type { FaceModelSha256 } from '../engine/model-folder.ts';
import type { GroupReport } from '../evaluate/groups.ts';
import type { SetReport } from '../evaluate/set-report.ts';
import type { GroupingFile } from '../identification/grouping-report.ts';
import type { IdentificationFile } from '../identification/identification-report.ts';
import { RETRAIN, TERMS, WEAKNESSES } from './card-text.ts';
import { dataSection } from './data-section.ts';
import { earlyExitText } from './early-exit-text.ts';
import { type FloorFile, floorSection } from './floor-section.ts';
import { between, codes, integer, percent, plusMinus, points, table } from './format.ts';
import { groupTable } from './group-table.ts';
import {
  groupingSection,
  identificationSection,
  searchesSection,
} from './identification-section.ts';
import { calibrationTable, rateTable } from './tables.ts';
import { templateSection } from './template-section.ts';
import { termsOf } from './terms.ts';

/** `model/NAME/accuracy.json`. */
export interface AccuracyFile extends FaceModelSha256 {
  readonly model: string;
  readonly sha256: string;
  readonly lfw: SetReport;
  /** The same with the face nearest to the picture's middle, for comparison. */
  readonly lfwCentre?: Pick<SetReport, 'accuracy' | 'auc' | 'refused'>;
  /** The same network before quantization, on the same crops. */
  readonly fp32?: Pick<SetReport, 'accuracy' | 'auc' | 'rates'> & { readonly sha256: string };
  readonly groups?: {
    readonly set: string;
    readonly pictures: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly groups: readonly GroupReport[];
  };
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

export interface CardModel {
  readonly name: string;
  /** Bytes of network.onnx. */
  readonly size: number;
  readonly network: OnnxInfo;
  readonly calibration: CalibrationFile;
  readonly accuracy: AccuracyFile;
  /** Measurements of the tool `grouping`. */
  readonly grouping?: GroupingFile | undefined;
  /** Measurements of the tool `identification`. */
  readonly identification?: IdentificationFile | undefined;
  /** Measurements of the tool `floor`, where it has been run. */
  readonly floor?: FloorFile | undefined;
}

/** `VAL at FAR 1e-3` of a report, with what it rests on. */
function val(report: SetReport, far: number): string {
  const found = report.rates.find((r) => r.far === far);
  if (found === undefined) return '–';
  return `${percent(found.val)} (${between(found.valInterval)}; ${integer(found.impostorPairs)} impostor pairs)`;
}

/** Block of docs/benchmarks.md: one row a model, then the shipped thresholds. */
export function benchmarksBlock(models: readonly CardModel[], shipped: string): string {
  const main = models.find(({ name }) => name === shipped) ?? (models[0] as CardModel);
  const rows = models.map(({ name, accuracy: { lfw } }) => [
    `\`${name}\``,
    lfw.accuracy ? plusMinus(lfw.accuracy) : '–',
    lfw.auc.toFixed(4),
    val(lfw, 1e-2),
    val(lfw, 1e-3),
    `${lfw.refused.count} of ${integer(lfw.pictures)}`,
  ]);
  return `LFW view 2 (${integer(main.accuracy.lfw.genuinePairs + main.accuracy.lfw.impostorPairs)} pairs, none of them in any training of ours or in the calibration), end to end through the Worker's own pipeline and weights as they are shipped; ± is the standard error over ten folds, brackets are 95 % intervals.

${table(['model', 'accuracy', 'AUC', 'VAL at FAR 1e-2', 'VAL at FAR 1e-3', 'refused'], rows)}

Thresholds of \`${main.name}\`, calibrated on ${integer(main.calibration.identities)} other people (${main.calibration.data}):

${calibrationTable(main.calibration)}

![ROC](../model/${main.name}/roc.svg)

Measured by \`${main.accuracy.command}\`, the other networks likewise, each by its \`--model\`. More in [the model card](../model/MODEL_CARD.md).`;
}

export function modelCard(models: readonly CardModel[]): string {
  return `# Model card

Written by \`npm run tool -- card\`; none of its numbers is typed by hand.

${TERMS}

Networks: ${models.map(({ name }) => `[${name}](#${name})`).join(', ')}. Figures of the cascades are in [docs/cascade.md](../docs/cascade.md).

${WEAKNESSES}

${models.map(section).join('\n\n')}

${RETRAIN}
`;
}

function section(model: CardModel): string {
  const { name, size, network, calibration, accuracy, grouping, identification, floor } = model;
  const { lfw, lfwCentre, fp32, groups } = accuracy;
  const { metadata } = network;
  const parts = [
    `## ${name}

A network that makes of an aligned face (116 x 140 pixels, RGB) a unit vector of 128 numbers; the squared L2 distance of two is small when they show one person (FaceNet, arXiv:1503.03832). Faces are found with BlazeFace short range and aligned by the points of Face Mesh (both Apache-2.0, Google), converted from the npm packages \`@mediapipe/face_detection\` and \`@mediapipe/face_mesh\`.

${table(
  ['', ''],
  [
    ['file', `\`network.onnx\`, ${integer(size)} bytes, opset ${network.opset}`],
    ['SHA-256', `\`${accuracy.sha256}\``],
    ["detector's SHA-256", `\`${accuracy.detectorSha256}\``],
    ["landmarks' SHA-256", `\`${accuracy.landmarkerSha256}\``],
    ...Object.entries(metadata).map(([key, value]) => [
      key,
      value.replaceAll('|', '\\|').replaceAll('\n', ' '),
    ]),
    ['measured at revision', accuracy.gitRevision ?? 'none'],
  ],
)}`,
    dataSection(metadata.data ?? '', metadata.recipe ?? ''),
    `### Accuracy

LFW view 2 (Huang et al. 2007): ${integer(lfw.pictures)} pictures, ${integer(lfw.genuinePairs)} genuine and ${integer(lfw.impostorPairs)} impostor pairs in ten folds, through the Worker's own decoder, detector, alignment and network (${metadata.precision ?? 'as shipped'}) in onnxruntime-web, whose build in the Worker differs from npm's by rounding (test/runtime/parity.e2e.test.ts). The largest face is taken (\`faces=largest\`); by its default, \`dominant\`, the API refuses a picture whose second face has more than half of its area. The threshold of each fold is the best of the other nine. A refused picture makes its pair wrong in the accuracy and a non-match in VAL and FAR.

${table(
  ['', ''],
  [
    ['accuracy', lfw.accuracy ? `${plusMinus(lfw.accuracy)} (standard error)` : '–'],
    ['AUC', lfw.auc.toFixed(5)],
    ['VAL at FAR 1e-2', val(lfw, 1e-2)],
    ['VAL at FAR 1e-3', val(lfw, 1e-3)],
    [
      'refused pictures',
      `${lfw.refused.count}${lfw.refused.count > 0 ? ` (${codes(lfw.refused.byCode)})` : ''}`,
    ],
    ...(lfw.refusedPairs === undefined
      ? []
      : [
          [
            'refused pairs',
            `${lfw.refusedPairs} of ${integer(lfw.genuinePairs + lfw.impostorPairs)}: of a refused picture, or both pictures weak alike`,
          ],
        ]),
    ...(fp32?.accuracy && lfw.accuracy
      ? [
          [
            'the same network in fp32',
            `${plusMinus(fp32.accuracy)}, AUC ${fp32.auc.toFixed(5)}: int8 changes the accuracy by ${points(lfw.accuracy.mean - fp32.accuracy.mean)}`,
          ],
        ]
      : []),
    ...(lfwCentre?.accuracy && lfw.accuracy
      ? [
          [
            'with the face nearest to the middle',
            `${plusMinus(lfwCentre.accuracy)}: ${points(lfwCentre.accuracy.mean - lfw.accuracy.mean)}, since pictures often hold a second person`,
          ],
        ]
      : []),
  ],
)}

VAL and FAR are pooled over all pairs; intervals of 95 % are Wilson's for VAL and Clopper and Pearson's for FAR, over pairs. FAR 1e-3 is three pairs here: read its interval, not its digits.${
      lfw.refused.files.length > 0
        ? `\n\nRefused: ${lfw.refused.files.map(({ file, code }) => `\`${file}\` (${code})`).join(', ')}.`
        : ''
    }

![ROC on LFW](${name}/roc.svg)

![Distances on LFW](${name}/distances.svg)

Measured by \`${accuracy.command}\`.`,
    `### Thresholds

From ${integer(calibration.identities)} people (${calibration.data}) who were in no training or choosing of ours: ${integer(calibration.pictures)} pictures, ${integer(calibration.genuinePairs)} genuine and ${integer(calibration.impostorPairs)} impostor pairs, ${codes(calibration.refused) || 'none'} refused. Intervals of 95 % by a bootstrap over people. A rate is offered only where 30 impostor pairs or more lie under its threshold.

${calibrationTable(calibration)}

${dropped(calibration)}

The same thresholds on LFW, which had no part in choosing them:

${rateTable(lfw, lfw.shipped)}`,
    earlyExitText(calibration),
    templateSection(calibration, lfw),
    identificationSection(calibration),
    searchesSection(name, identification),
    groupingSection(grouping),
  ];
  if (floor !== undefined) parts.push(floorSection(floor));
  if (groups !== undefined) {
    const learnt = termsOf(metadata.data ?? '').some(({ set }) => set.startsWith('UTKFace'))
      ? ' The network has learnt from these pictures, though not who is on them.'
      : '';
    const chosen = metadata.recipe?.includes('evened out between origins')
      ? ' These figures were looked at while it was decided how far embeddings are evened out between origins (scripts/train/EXPERIMENTS.md): they are of no set that chose nothing.'
      : '';
    parts.push(`### False accepts within groups

A false-accept rate is for random other people. For two people of one sex, origin and age it is higher, and not the same for every group. ${groups.set}, ${integer(groups.pictures)} pictures (refused: ${codes(groups.refused) || 'none'}), all impostor pairs within each group (of a group of more, of 4,000 pictures taken evenly) at the shipped thresholds, 95 % intervals over pictures. The sets' own words for groups, as seen by annotators. There is one picture a person, so nothing can be said of VAL by group; nobody's identity is known, so a person pictured twice counts as a false accept and these are upper bounds.${learnt}${chosen}

${groupTable(groups.groups, [1e-2, 1e-3, 1e-4])}`);
  }
  return parts.filter(Boolean).join('\n\n');
}

function dropped({ dropped }: CalibrationFile): string {
  if (dropped.length === 0) return 'Nobody was dropped as listed under two names.';
  const list = dropped.map(({ identity, because }) => `- ${identity}: ${because}`).join('\n');
  return `Dropped as probably one person under two names:\n\n${list}`;
}
