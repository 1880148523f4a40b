/**
 * Finds the thresholds of a model and writes `calibration.json` beside its weights, through the
 * Worker's own pipeline and runtime: `npm run calibrate -- --pictures FOLDER --identities FILE`.
 *
 * The people must be none that the model was trained or chosen on.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readList } from '../dataset/identities.ts';
import { commandLine } from '../report/provenance.ts';
import { calibrationText } from '../report/tables.ts';
import { chooseRuntime, deployedModel, openModel } from '../runtime/model-folder.ts';
import { calibrateModel, readDropped } from './calibrate-model.ts';
import { LEAST_PAIRS } from './thresholds.ts';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    identities: { type: 'string' },
    drop: { type: 'string' },
    person: { type: 'string' },
    model: { type: 'string', default: deployedModel() },
    data: { type: 'string' },
    'least-pairs': { type: 'string', default: String(LEAST_PAIRS) },
  },
});
if (values.pictures === undefined) {
  console.log(`npm run calibrate -- --pictures SOURCE [options]

  --pictures SOURCE   folder (or tar) of pictures whose paths tell the person
  --person PATTERN    regular expression whose first group names the person; default: the folder
  --identities FILE   only these people, one a line
  --drop FILE         but not these: what \`npm run screen\` wrote, or a list
  --model NAME        a folder of model/, or any folder with network.onnx (the one deployed)
  --data TEXT         what the pictures are and on what terms, for the record
  --least-pairs N     impostor pairs that a rate must rest on (${LEAST_PAIRS})`);
  process.exit(values.help ? 0 : 2);
}
const model = openModel(values.model);
chooseRuntime(model);
const { file } = await calibrateModel({
  model,
  pictures: values.pictures,
  identities: values.identities === undefined ? undefined : readList(values.identities),
  dropped: values.drop === undefined ? [] : readDropped(values.drop),
  person: values.person === undefined ? undefined : new RegExp(values.person),
  data: values.data ?? basename(values.pictures),
  least: Number(values['least-pairs']),
  command: commandLine('calibrate', process.argv.slice(2)),
});
writeFileSync(join(model.folder, 'calibration.json'), `${JSON.stringify(file, null, 2)}\n`);
console.log(calibrationText(file));
