/**
 * Thresholds of a cascade of two shipped networks, and how it does beside the more accurate one alone, written to
 * `model/cascades/FAST+SLOW.json`: `npm run tool -- cascade --pictures SOURCE --identities FILE --lfw SOURCE --utk SOURCE`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Calibration,
  findRate,
  type NetworkPoints,
  verificationPoints,
} from '../../worker/face/decision/calibration.ts';
import {
  atRate,
  type CascadeOperatingPoints,
  cascadeName,
  networksOf,
} from '../../worker/face/decision/cascade.ts';
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
import {
  distanceOfJoined,
  fastDistance,
  slowCropDistance,
  slowDistance,
} from '../evaluate/cascade-pairs.ts';
import { byCode } from '../evaluate/embed-all.ts';
import { type GroupReport, reportGroups } from '../evaluate/groups.ts';
import {
  evaluateLfw,
  type GroupSet,
  groupsOf,
  type PeopleSet,
  type Setup,
  setsOf,
} from '../evaluate/sets.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { cascadeText } from '../report/cascade-text.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { comparisonsOf, type Distance, type Labelled } from '../statistics/all-pairs.ts';
import { RecordedComparisons } from '../statistics/recorded-comparisons.ts';
import { CALIBRATION_ARGS } from './calibrate.ts';
import { selectionOf } from './calibrate-model.ts';
import type { CascadeFile, LfwRow, OriginRow } from './cascade-file.ts';
import { type ByNetwork, calibrateCascadeRates } from './cascade-rates.ts';
import { RULE_ARGS, ruleOf } from './cascade-rule.ts';
import { calibrateCascadeTemplates } from './cascade-templates.ts';
import { LEAST_PAIRS } from './thresholds.ts';

const DOCUMENT = new URL('../../docs/cascade.md', import.meta.url);

/** Rate that LFW is judged at. */
const LFW_FAR = 1e-3;

export default defineTool({
  name: 'cascade',
  description:
    'Find the thresholds of a cascade of two networks, and measure it beside the slow one',
  args: {
    fast: {
      type: 'string',
      valueHint: 'name',
      default: networksOf(deployedModel()).fast ?? 'inception-small-2',
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
    const points = { fast: calibrationOf(fast), slow: calibrationOf(slow), rule };
    const setup = {
      networks: [fast.network, slow.network],
      faces: 'largest',
      cascade: { ...points, near: 0 }, // pictures are compared anew at each rate
      shipped: [],
    } satisfies Setup;
    const selection = selectionOf(args);
    requireEverybody(picturesOfPeople(args.pictures, selection), selection);
    const { sets, refused } = await setsOf(args.pictures, selection, setup);
    const [both] = sets as [PeopleSet];
    const { rates, ...counts } = calibrateCascadeRates(
      pairsOf(both, points.slow),
      points,
      LEAST_PAIRS,
    );
    if (findRate({ rates }, LFW_FAR) === undefined) {
      throw new Mistake(`too few pairs of two people for a rate of ${LFW_FAR}`);
    }
    const measured = { ...points, rates };
    const file: CascadeFile = {
      fast: fast.name,
      slow: slow.name,
      fastSha256: sha256(fast.network),
      slowSha256: sha256(slow.network),
      rule,
      rates,
      data: args.data ?? basename(args.pictures),
      identities: new Set(both.persons).size,
      pictures: both.persons.length,
      ...counts,
      refused: byCode(refused),
      ...calibrateCascadeTemplates(both, points),
      lfw: await onLfw(args.lfw, { ...setup, cascade: atRate(measured, LFW_FAR) }, [
        name,
        slow.name,
      ]),
      origins: await byOrigin(args.utk, setup, measured),
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

/** All pairs of pictures by each network. */
function pairsOf(both: Labelled, slow: NetworkPoints): ByNetwork {
  const by = (distance: Distance) => RecordedComparisons.of(comparisonsOf({ ...both, distance }));
  return { fast: by(fastDistance), slow: by(slowDistance(slow)), crops: by(slowCropDistance) };
}

async function onLfw(source: string, setup: Setup, names: readonly string[]): Promise<LfwRow[]> {
  const reports = await evaluateLfw(source, setup);
  return reports.map(({ report: { accuracy, auc, rates } }, k) => {
    if (accuracy === undefined) throw new Mistake('LFW has no folds');
    const { mean, standardError: error } = accuracy;
    const val = rates.find(({ far }) => far === LFW_FAR)?.val;
    if (val === undefined) throw new Mistake('LFW has too few pairs for FAR 1e-3');
    return { who: names[k] as string, accuracy: mean, error, auc, val };
  });
}

/** Rates that are told of each origin. */
const ORIGIN_FARS = [1e-3, 1e-4] as const;

/** False accepts within people of one origin. */
async function byOrigin(
  source: string,
  setup: Setup,
  cascade: CascadeOperatingPoints,
): Promise<OriginRow[]> {
  const most = 6000; // as the model card takes
  const { sets } = await groupsOf(source, setup, most);
  const [[both], [alone, distance]] = sets as [GroupSet, GroupSet];
  const slow = originsOf(reportGroups(alone, verificationPoints(cascade.slow).rates, distance));
  const rates = cascade.rates.filter(({ far }) => ORIGIN_FARS.some((told) => told === far));
  const reports = rates.map((rate) =>
    originsOf(reportGroups(both, [rate], distanceOfJoined(atRate(cascade, rate.far)))),
  );
  return slow.map(({ group, pictures, rates: byRate }) => ({
    origin: group,
    pictures,
    rates: rates.map(({ far }, k) => ({
      far,
      cascade: measuredAt(reports[k]?.find((one) => one.group === group)?.rates, far),
      slow: measuredAt(byRate, far),
    })),
  }));
}

const originsOf = (groups: readonly GroupReport[]) =>
  groups.filter(({ grouping }) => grouping === 'origin');

function measuredAt(rates: GroupReport['rates'] | undefined, far: number): number {
  return rates?.find((rate) => rate.far === far)?.measured ?? Number.NaN;
}
