/**
 * The thresholds of a model, written to `calibration.json` beside its weights, through the Worker's
 * own pipeline and runtime: `npm run tool -- calibrate --pictures SOURCE --identities FILE`.
 *
 * The people must be none that the model was trained or chosen on.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readList } from '../dataset/identities.ts';
import { PEOPLE_ARGS, PICTURES_ARG } from '../dataset/people.ts';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import { chooseRuntime, MODEL_ARG, openModel } from '../engine/model-folder.ts';
import { commandLine } from '../provenance.ts';
import { calibrationText } from '../report/tables.ts';
import { calibrateModel, readDropped } from './calibrate-model.ts';
import { LEAST_PAIRS } from './thresholds.ts';

export const CALIBRATION_ARGS = {
  ...PEOPLE_ARGS,
  drop: {
    type: 'string',
    valueHint: 'file',
    description: 'But not these people: what `screen` wrote, or a list',
  },
  data: {
    type: 'string',
    valueHint: 'text',
    description: 'What the pictures are and on what terms, for the record',
  },
} as const;

export default defineTool({
  name: 'calibrate',
  description: "Find a model's thresholds on pictures of people it has not seen",
  args: {
    pictures: PICTURES_ARG,
    ...CALIBRATION_ARGS,
    model: MODEL_ARG,
    'least-pairs': {
      type: 'string',
      valueHint: 'n',
      default: String(LEAST_PAIRS),
      description: 'Impostor pairs that a rate must rest on',
    },
  },
  async run(args, { rawArgs }) {
    const model = openModel(args.model);
    chooseRuntime(model);
    const { file } = await calibrateModel({
      model,
      pictures: args.pictures,
      identities: readList(args.identities),
      dropped: args.drop === undefined ? [] : readDropped(args.drop),
      person: pattern(args.person),
      data: args.data ?? basename(args.pictures),
      least: wholeNumber(args['least-pairs'], 'least-pairs'),
      command: commandLine('calibrate', rawArgs),
    });
    writeFileSync(join(model.folder, 'calibration.json'), `${JSON.stringify(file, null, 2)}\n`);
    console.log(calibrationText(file));
  },
});
