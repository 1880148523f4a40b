/**
 * Thresholds of a cascade of two shipped networks, and how it does beside the more accurate one alone, written to
 * `model/cascades/FAST+SLOW.json`: `npm run tool -- cascade --pictures SOURCE --identities FILE --lfw SOURCE --utk SOURCE`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Calibration,
  type NetworkPoints,
  type Rate,
  verificationPoints,
} from '../../worker/face/decision/calibration.ts';
import {
  type CascadeParameters,
  cascadeName,
  fastDecides,
  networksOf,
} from '../../worker/face/decision/cascade.ts';
import { cropsDecide } from '../../worker/face/decision/early-exit.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { PICTURES_ARG, picturesOfPeople, requireEverybody } from '../dataset/people.ts';
import { defineTool } from '../define-tool.ts';
import { CASCADE_FOLDER, shippedCascades } from '../engine/cascade-folder.ts';
import {
  chooseRuntime,
  deployedModel,
  deployedNetwork,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { fastDistance } from '../evaluate/cascade-pairs.ts';
import { byCode } from '../evaluate/embed-all.ts';
import {
  evaluateGroups,
  evaluateLfw,
  type PeopleSet,
  type Setup,
  setsOf,
} from '../evaluate/sets.ts';
import { cropOf } from '../evaluate/views.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { cascadeText } from '../report/cascade-text.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import type { Labelled } from '../statistics/all-pairs.ts';
import { compareVal } from '../statistics/paired.ts';
import { CALIBRATION_ARGS } from './calibrate.ts';
import { selectionOf } from './calibrate-model.ts';
import type { CascadeFile, LfwRow, OriginRow } from './cascade-file.ts';
import { RULE_ARGS, ruleOf, thresholdOf } from './cascade-rule.ts';
import { calibrateCascadeTemplates } from './cascade-templates.ts';
import { calibrate } from './thresholds.ts';

const DOCUMENT = new URL('../../docs/cascade.md', import.meta.url);

/** Rates at which the cascade is compared with the slow network. */
const COMPARED_FARS = [1e-2, 1e-3, 1e-4, 1e-5] as const;

export default defineTool({
  name: 'cascade',
  description:
    'Find the thresholds of a cascade of two networks, and measure it beside the slow one',
  args: {
    fast: {
      type: 'string',
      valueHint: 'name',
      default: networksOf(deployedModel()).fast ?? 'inception-generated-2',
      description: 'Folder of model/ of the fast network',
    },
    slow: {
      type: 'string',
      valueHint: 'name',
      default: deployedNetwork(),
      description: 'Folder of model/ of the network that it defers to',
    },
    ...RULE_ARGS,
    pictures: PICTURES_ARG,
    ...CALIBRATION_ARGS,
    lfw: { type: 'string', required: true, valueHint: 'source', description: 'LFW, folder or tar' },
    utk: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'UTKFace, to tell origins by',
    },
  },
  async run(args, { rawArgs }) {
    const [fast, slow] = [openModel(args.fast), openModel(args.slow)];
    for (const model of [fast, slow]) chooseRuntime(model);
    const name = cascadeName({ fast: fast.name, slow: slow.name });
    const block = `cascade ${name}`;
    requireBlock(DOCUMENT, block);
    if (calibrationOf(fast).earlyExit !== undefined) {
      throw new Mistake(`${fast.name} takes mirror images: only networks of one crop look first`);
    }
    const shipped = shippedCascades().find((file) => cascadeName(file) === name);
    const rule = ruleOf(calibrationOf(fast), args, shipped?.rule);
    const points = {
      fast: calibrationOf(fast),
      slow: calibrationOf(slow),
      rule,
      near: thresholdOf(calibrationOf(fast), rule.sameFar, '--same-far'),
    };
    const setup = {
      networks: [fast.network, slow.network],
      faces: 'largest',
      cascade: points,
      shipped: [] as readonly Rate[],
    } satisfies Setup;
    const selection = selectionOf(args);
    requireEverybody(picturesOfPeople(args.pictures, selection), selection);
    const { sets, refused } = await setsOf(args.pictures, selection, setup);
    const [both, alone] = sets as [PeopleSet, PeopleSet];
    const { pairs, rates, largestImpostorDistance } = calibrate(both);
    const file: CascadeFile = {
      fast: fast.name,
      slow: slow.name,
      fastSha256: sha256(fast.network),
      slowSha256: sha256(slow.network),
      rule,
      near: points.near,
      rates,
      largestImpostorDistance,
      data: args.data ?? basename(args.pictures),
      identities: new Set(both.persons).size,
      pictures: both.persons.length,
      genuinePairs: pairs.genuine.length,
      impostorPairs: pairs.impostors.length,
      refused: byCode(refused),
      ...sharesOf(both, points),
      againstSlow: compareVal(alone, both, COMPARED_FARS),
      ...calibrateCascadeTemplates(both, points, COMPARED_FARS),
      lfw: await onLfw(args.lfw, setup, [name, slow.name]),
      origins: await byOrigin(args.utk, setup, rates, points.slow),
      command: commandLine('cascade', rawArgs),
      gitRevision: gitRevision(),
    };
    const place = new URL(`${name}.json`, CASCADE_FOLDER);
    writeFileSync(place, `${JSON.stringify(file, null, 2)}\n`);
    const text = cascadeText(file);
    const document = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(DOCUMENT, replaceBlock(document, block, text));
    console.log(`${fileURLToPath(place)}\n\n${text}`);
  },
});

function calibrationOf(model: ReturnType<typeof openModel>): Calibration {
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Mistake(`${model.name} is not calibrated`);
  return calibration;
}

/** Shares of pairs that are deferred to the slow network, and of those whose mirror images it embeds. */
function sharesOf(
  set: Labelled,
  points: CascadeParameters,
): Pick<CascadeFile, 'asked' | 'mirrored'> {
  const { earlyExit: exit } = points.slow;
  const counts = {
    genuine: { all: 0, asked: 0, mirrored: 0 },
    impostors: { all: 0, asked: 0, mirrored: 0 },
  };
  for (const [i, a] of set.embeddings.entries()) {
    for (const [j, b] of set.embeddings.entries()) {
      if (j >= i || a === undefined || b === undefined) continue;
      const count = counts[set.persons[i] === set.persons[j] ? 'genuine' : 'impostors'];
      count.all += 1;
      if (fastDecides(fastDistance(a, b), points)) continue;
      count.asked += 1;
      const crops = squaredDistance(cropOf(a), cropOf(b));
      if (!exit || !cropsDecide(crops, exit)) count.mirrored += 1;
    }
  }
  const { genuine, impostors } = counts;
  const shares = (of: 'asked' | 'mirrored') => ({
    genuine: genuine[of] / genuine.all,
    impostors: impostors[of] / impostors.all,
  });
  return { asked: shares('asked'), mirrored: shares('mirrored') };
}

async function onLfw(source: string, setup: Setup, names: readonly string[]): Promise<LfwRow[]> {
  const reports = await evaluateLfw(source, setup);
  return reports.map(({ report: { accuracy, auc, rates } }, k) => {
    if (accuracy === undefined) throw new Mistake('LFW has no folds');
    const { mean, standardError: error } = accuracy;
    const val = rates.find(({ far }) => far === 1e-3)?.val;
    if (val === undefined) throw new Mistake('LFW has too few pairs for FAR 1e-3');
    return { who: names[k] as string, accuracy: mean, error, auc, val };
  });
}

/** False accepts within people of one origin. */
async function byOrigin(
  source: string,
  setup: Setup,
  rates: readonly Rate[],
  points: NetworkPoints,
): Promise<OriginRow[]> {
  const most = 6000; // as the model card takes
  const [, slow] = setup.networks as readonly [string, string];
  const cascade = await evaluateGroups(source, { ...setup, shipped: rates }, most);
  const alone = await evaluateGroups(
    source,
    { networks: [slow], faces: setup.faces, points, shipped: verificationPoints(points).rates },
    most,
  );
  return cascade.groups
    .filter(({ grouping }) => grouping === 'origin')
    .map(({ group, pictures, rates }) => {
      const other = alone.groups.find((one) => one.grouping === 'origin' && one.group === group);
      return {
        origin: group,
        pictures,
        rates: rates.map(({ far, measured }) => ({
          far,
          cascade: measured,
          slow: other?.rates.find((rate) => rate.far === far)?.measured ?? Number.NaN,
        })),
      };
    });
}
