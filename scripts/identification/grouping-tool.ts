/**
 * Grouping and searching of known people, at the thresholds that are shipped:
 * `npm run tool -- grouping --pictures SOURCE --identities FILE`.
 *
 * Written to `grouping.json` beside the weights. The tool `card` does the same, and all else; the
 * tool `peers` compares networks on the same crops.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readList } from '../dataset/identities.ts';
import { PEOPLE_ARGS, picturesOfPeople, requirePairs, type Selection } from '../dataset/people.ts';
import { defineTool, pattern } from '../define-tool.ts';
import {
  chooseRuntime,
  faceModelSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { percent, table } from '../report/format.ts';
import { type GroupingFile, reportGrouping } from './grouping-report.ts';
import { embedPeople } from './known-people.ts';

export default defineTool({
  name: 'grouping',
  description: 'Measure how well known people are grouped, at the thresholds that are shipped',
  args: {
    pictures: {
      type: 'string',
      required: true,
      valueHint: 'source',
      description: 'Folder or tar of pictures',
    },
    ...PEOPLE_ARGS,
    data: { type: 'string', valueHint: 'text', description: 'What the pictures are' },
    model: MODEL_ARG,
  },
  async run(args, { rawArgs }) {
    const model = openModel(args.model);
    chooseRuntime(model);
    const file = await measureGrouping(model, {
      pictures: args.pictures,
      person: pattern(args.person),
      only: readList(args.identities),
      data: args.data ?? basename(args.pictures),
      command: commandLine('grouping', rawArgs),
    });
    console.log(table(...groupingRows(file)));
  },
});

export interface GroupingInput extends Selection {
  readonly pictures: string;
  readonly data: string;
  readonly command: string;
}

/** Measures, and writes `grouping.json`. @throws Mistake for an uncalibrated model */
export async function measureGrouping(
  model: ModelFolder,
  { pictures, data, command, ...selection }: GroupingInput,
): Promise<GroupingFile> {
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Mistake(`${model.name} is not calibrated`);
  const named = picturesOfPeople(pictures, selection);
  requirePairs(named, pictures);
  const set = await embedPeople(named, model.network);
  const file: GroupingFile = {
    model: model.name,
    sha256: sha256(model.network),
    ...faceModelSha256(),
    data,
    refused: set.refused,
    ...reportGrouping(set, calibration.rates),
    command,
    gitRevision: gitRevision(),
  };
  writeFileSync(join(model.folder, 'grouping.json'), `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

function groupingRows({ rates }: GroupingFile): [string[], string[][]] {
  const head = ['FAR', 'groups', 'B-cubed P', 'R', 'F', 'pairs P', 'R'];
  const rows = rates.map(({ far, groups, precision, recall, f, pairPrecision, pairRecall }) => [
    String(far),
    String(groups),
    ...[precision, recall, f, pairPrecision, pairRecall].map((share) => percent(share)),
  ]);
  return [head, rows];
}
