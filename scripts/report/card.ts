/**
 * Measures a model and writes all that is said of it: `calibration.json`, `accuracy.json` and
 * plots beside its weights, `model/MODEL_CARD.md`, and the table in the README:
 * `npm run card -- --lfw SOURCE --pictures SOURCE --identities FILE`.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calibrateModel, readDropped } from '../calibrate/calibrate-model.ts';
import type { CalibrationFile } from '../calibrate/thresholds.ts';
import { readOnnx } from '../convert/onnx-reader.ts';
import { readList } from '../dataset/identities.ts';
import { byCode } from '../evaluate/embed-all.ts';
import type { Reported } from '../evaluate/set-report.ts';
import { evaluateGroups, evaluateLfw, type Setup } from '../evaluate/sets.ts';
import {
  chooseRuntime,
  deployedModel,
  finderSha256,
  type ModelFolder,
  openModel,
  sha256,
} from '../runtime/model-folder.ts';
import { MODEL_FOLDER } from '../runtime/networks.ts';
import { distancePlot, rocPlot } from './curves.ts';
import { loginBlock } from './login-block.ts';
import {
  type AccuracyFile,
  type CardModel,
  modelCard,
  readmeBlock,
  replaceBlock,
} from './model-card.ts';
import { commandLine, gitRevision } from './provenance.ts';
import { calibrationText, reportText } from './tables.ts';

const USAGE = `npm run card -- --lfw SOURCE --pictures SOURCE [options]
npm run card -- --render          only writes the card and the README's table anew

  --lfw SOURCE        LFW view 2, a folder or tar (npm run evaluate)
  --pictures SOURCE   pictures of the people to calibrate on (npm run calibrate)
  --identities FILE   --drop FILE   --person PATTERN   --data TEXT    as in npm run calibrate
  --utk SOURCE        pictures named age_gender_race_*: false accepts within groups
  --model NAME        a folder of model/ (the one deployed)
  --fp32 FILE         the same network before quantization, to be compared
  --models FOLDER     where model folders and MODEL_CARD.md lie (model/)
  --readme FILE       whose accuracy block is refreshed (README.md), and docs/login.md beside it`;

/** Pictures of UTKFace that are taken: a quarter, for a command of minutes. */
const MOST_UTK = 6000;

const argv = process.argv.slice(2);
const root = fileURLToPath(MODEL_FOLDER);
const { values } = parseArgs({
  options: {
    lfw: { type: 'string' },
    pictures: { type: 'string' },
    identities: { type: 'string' },
    drop: { type: 'string' },
    person: { type: 'string' },
    data: { type: 'string' },
    utk: { type: 'string' },
    model: { type: 'string', default: deployedModel() },
    fp32: { type: 'string' },
    models: { type: 'string', default: root },
    readme: { type: 'string', default: join(root, '../../README.md') },
    render: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!values.render) {
  if (values.lfw === undefined || values.pictures === undefined) {
    console.log(USAGE);
    process.exit(2);
  }
  await measure(openModel(values.model), values.lfw, values.pictures);
}
render(values.models, values.readme);

async function measure(model: ModelFolder, lfw: string, pictures: string): Promise<void> {
  chooseRuntime(model, values.fp32 === undefined ? [] : [values.fp32]);
  const command = commandLine('card', argv);
  console.log('Calibrating');
  const { file } = await calibrateModel({
    model,
    pictures,
    identities: values.identities === undefined ? undefined : readList(values.identities),
    dropped: values.drop === undefined ? [] : readDropped(values.drop),
    person: values.person === undefined ? undefined : new RegExp(values.person),
    data: values.data ?? basename(pictures),
    command,
  });
  write(model, 'calibration.json', file);
  console.log(`\n${calibrationText(file)}\n\nLFW`);

  const networks = values.fp32 === undefined ? [model.network] : [model.network, values.fp32];
  const setup: Setup = {
    networks,
    faces: 'largest',
    shipped: file.rates,
  };
  const [own, float] = (await evaluateLfw(lfw, {
    ...setup,
    templates: file.templates,
  })) as [Reported, Reported | undefined];
  console.log(`\n${reportText(own.report)}\n\nLFW, the face nearest to the middle`);
  const [centre] = await evaluateLfw(lfw, { ...setup, networks: [model.network], faces: 'centre' });
  const groups =
    values.utk === undefined ? undefined : await evaluateGroups(values.utk, setup, MOST_UTK);
  const accuracy: AccuracyFile = {
    model: model.name,
    sha256: sha256(model.network),
    ...finderSha256(),
    lfw: own.report,
    ...(centre && {
      lfwCentre: {
        accuracy: centre.report.accuracy as NonNullable<typeof centre.report.accuracy>,
        auc: centre.report.auc,
        refused: centre.report.refused,
      },
    }),
    ...(float && { fp32: { sha256: sha256(values.fp32 as string), ...float.report } }),
    ...(groups && {
      groups: {
        set: 'UTKFace (Zhang et al. 2017)',
        pictures: groups.pictures,
        refused: byCode(groups.refused),
        groups: groups.groups,
      },
    }),
    command,
    gitRevision: gitRevision(),
  };
  write(model, 'accuracy.json', accuracy);
  const curves = { [model.name]: own.curves, ...(float && { fp32: float.curves }) };
  writeFileSync(join(model.folder, 'roc.svg'), rocPlot(own.report.set, curves));
  const distances = distancePlot(own.report.set, own.curves, file.rates);
  writeFileSync(join(model.folder, 'distances.svg'), distances);
}

function write(model: ModelFolder, name: string, content: object): void {
  writeFileSync(join(model.folder, name), `${JSON.stringify(content, null, 2)}\n`);
}

/** The card speaks of every model that has been measured. */
function render(folder: string, readme: string): void {
  const models = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'accuracy.json')))
    .map((name) => readModel(name, join(folder, name)));
  if (models.length === 0) throw new Error(`no measured model in ${folder}`);
  writeFileSync(join(folder, 'MODEL_CARD.md'), modelCard(models));
  if (existsSync(readme)) {
    const text = readFileSync(readme, 'utf8');
    writeFileSync(readme, replaceBlock(text, 'accuracy', readmeBlock(models, values.model)));
  }
  const login = join(dirname(readme), 'docs/login.md');
  const shipped = models.find(({ name }) => name === values.model);
  if (shipped && existsSync(login)) {
    const text = readFileSync(login, 'utf8');
    writeFileSync(login, replaceBlock(text, 'accuracy', loginBlock(shipped)));
  }
}

/** @throws Error where the numbers were measured on other weights than lie there now */
function readModel(name: string, folder: string): CardModel {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown;
  const network = join(folder, 'network.onnx');
  const accuracy = read('accuracy.json') as AccuracyFile;
  const calibration = read('calibration.json') as CalibrationFile;
  const hash = sha256(network);
  if (accuracy.sha256 !== hash || calibration.sha256 !== hash) {
    throw new Error(`${name}: network.onnx was changed since it was measured; run npm run card`);
  }
  const bytes = readFileSync(network);
  return { name, size: statSync(network).size, network: readOnnx(bytes), calibration, accuracy };
}
