/**
 * The quality floor, measured: how often different people pass as one when both pictures were made
 * worse alike, and what the floor refuses of pictures as they are:
 * `npm run tool -- floor --pictures SOURCE --identities FILE --lfw SOURCE`.
 *
 * Kinds and strengths are fixed by degradations.json. Writes `floor.json` beside the weights of each
 * model; `card --render` puts its table into the model card. Where both networks of a cascade are measured, its
 * table goes to docs/cascade.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Calibration,
  findRate,
  type OfferedRates,
  verificationPoints,
} from '../../worker/face/decision/calibration.ts';
import { atRate, cascadeName } from '../../worker/face/decision/cascade.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import {
  FLOOR,
  floorFailures,
  SHARED,
  undecidedReasons,
} from '../../worker/face/quality/quality-floor.ts';
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import { readList } from '../dataset/identities.ts';
import { readPairs } from '../dataset/pair-list.ts';
import { type Labelled, PEOPLE_ARGS, PICTURES_ARG, picturesOfPeople } from '../dataset/people.ts';
import { below, openPictures, type Place, readPlace } from '../dataset/pictures.ts';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import { shippedCascades } from '../engine/cascade-folder.ts';
import {
  chooseRuntime,
  deployedNetwork,
  faceModelSha256,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../engine/model-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import { distanceOfJoined, joinedOf } from '../evaluate/cascade-pairs.ts';
import { distanceOfViews, type Views } from '../evaluate/views.ts';
import { Mistake } from '../mistake.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import {
  type FloorFile,
  type FloorRefusals,
  floorTable,
  floorText,
} from '../report/floor-section.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { degradeAll } from './degrade-all.ts';
import { kindsOf, pairsOf, type Shot } from './floor-kinds.ts';
import { DEGRADATIONS, type Degradation, isChanged } from './picture-degradations.ts';

const DOCUMENT = new URL('../../docs/cascade.md', import.meta.url);

/** Rate at whose threshold pairs are decided. */
const FAR = 1e-3;
/** Pairs that each kind is to be measured on, where there are people enough; people added at a time. */
const LEAST_PAIRS = 3000;
const MORE_PEOPLE = 40;

const AS_THEY_ARE = DEGRADATIONS.filter((kind) => !isChanged(kind));

interface Picture {
  readonly file: string;
  readonly place: Place;
}

export default defineTool({
  name: 'floor',
  description: 'Measure the quality floor on pictures made worse, and on pictures as they are',
  repeatable: ['model'],
  args: {
    pictures: PICTURES_ARG,
    ...PEOPLE_ARGS,
    each: {
      type: 'string',
      valueHint: 'n',
      default: '1',
      description: 'Pictures of each person that are made worse',
    },
    data: {
      type: 'string',
      valueHint: 'text',
      description: 'What the pictures are, for the record',
    },
    lfw: {
      type: 'string',
      valueHint: 'source',
      description: 'LFW view 2, a folder or tar: how many of its pictures are refused',
    },
    'lfw-step': {
      type: 'string',
      valueHint: 'n',
      default: '1',
      description: 'Of LFW every nth pair',
    },
    people: {
      type: 'string',
      valueHint: 'n',
      description:
        'Make pictures worse of the first n people; of more where a kind leaves too few pairs',
    },
    model: {
      type: 'string',
      valueHint: 'name',
      default: deployedNetwork(),
      description: 'A folder of model/, or any folder with network.onnx; may be repeated',
    },
    dry: { type: 'boolean', default: false, description: 'Write nothing' },
  },
  async run(args, { rawArgs, all }) {
    delete process.env.NATIVE_ORT; // what is measured runs as it is deployed
    const names = all('model').length > 0 ? all('model') : [args.model];
    const models = names.map((name) => openModel(name));
    for (const model of models) chooseRuntime(model);
    const cascades = shippedCascades().filter(
      ({ fast, slow }) => names.includes(fast) && names.includes(slow),
    );
    if (!args.dry) for (const cascade of cascades) requireBlock(DOCUMENT, blockOf(cascade));
    const calibrations = models.map(calibrationOf);
    const thresholds = calibrations.map((points) => thresholdOf(verificationPoints(points)));
    const people = args.people === undefined ? undefined : wholeNumber(args.people, 'people');
    const only = readList(args.identities);
    const named = picturesOfPeople(args.pictures, { person: pattern(args.person), only });

    const chosen = someOfEach(named, wholeNumber(args.each, 'each'));
    const persons = [...new Set(chosen.map(({ person }) => person))];
    const networks = models.map(({ network }) => network);
    const shots = DEGRADATIONS.map((): Shot[] => []);
    const degrade = async (people: readonly string[], kinds: readonly Degradation[]) => {
      const some = chosen.filter(({ person }) => people.includes(person));
      const results = await degradeAll(some, kinds, networks);
      for (const [i, kind] of kinds.entries()) {
        for (const { file, person } of some) {
          const result = results.get(file)?.[i];
          if (result) shots[DEGRADATIONS.indexOf(kind)]?.push({ person, result });
        }
      }
    };
    const first = people ?? persons.length;
    await degrade(persons.slice(0, first), DEGRADATIONS);
    // Kinds in which few faces are found need more people for enough pairs.
    for (let from = first; from < persons.length; from += MORE_PEOPLE) {
      const rare = DEGRADATIONS.filter((_, i) => pairsOf(shots[i] as Shot[]) < LEAST_PAIRS);
      if (rare.length === 0) break;
      await degrade(persons.slice(from, from + MORE_PEOPLE), rare);
    }
    const asTheyAre = await refusals(named);
    const lfw =
      args.lfw && (await lfwRefusals(args.lfw, wholeNumber(args['lfw-step'], 'lfw-step')));
    for (const [k, model] of models.entries()) {
      const threshold = thresholds[k] as number;
      const file: FloorFile = {
        model: model.name,
        sha256: sha256(model.network),
        ...faceModelSha256(),
        data: args.data ?? basename(args.pictures),
        limits: { ...FLOOR, shared: SHARED },
        far: FAR,
        threshold,
        people: first,
        kinds: kindsOf(shots, {
          of: (views) => views[k] as Views,
          distance: distanceOfViews(calibrations[k] as Calibration),
          threshold,
        }),
        asTheyAre: asTheyAre.report,
        ...(lfw && { lfw }),
        command: commandLine('floor', rawArgs),
        gitRevision: gitRevision(),
      };
      if (!args.dry) {
        writeFileSync(join(model.folder, 'floor.json'), `${JSON.stringify(file, null, 2)}\n`);
      }
      console.log(`${model.name}\n\n${floorText(file)}\n`);
    }
    for (const cascade of cascades) {
      const text = cascadeFloor(shots, names, cascade, commandLine('floor', rawArgs));
      console.log(`${cascadeName(cascade)}\n\n${text}\n`);
      if (args.dry) continue;
      const document = readFileSync(DOCUMENT, 'utf8');
      writeFileSync(DOCUMENT, replaceBlock(document, blockOf(cascade), text));
    }
  },
});

/** Name of the block of docs/cascade.md that has a cascade's table. */
function blockOf(cascade: CascadeFile): string {
  return `cascade-floor ${cascadeName(cascade)}`;
}

/** Table of a cascade of two of the networks. */
function cascadeFloor(
  shots: readonly (readonly Shot[])[],
  names: readonly string[],
  cascade: CascadeFile,
  command: string,
): string {
  const [fast, slow] = [names.indexOf(cascade.fast), names.indexOf(cascade.slow)];
  const [one, other] = [cascade.fast, cascade.slow].map((name) => calibrationOf(openModel(name)));
  const { rule, rates } = cascade;
  const points = { fast: one as Calibration, slow: other as Calibration, rule, rates };
  const kinds = kindsOf(shots, {
    of: (views) => joinedOf(views[fast] as Views, views[slow] as Views),
    distance: distanceOfJoined(atRate(points, FAR)),
    threshold: thresholdOf(cascade),
  });
  return `${floorTable(kinds)}\n\nMeasured by \`${command}\`.`;
}

/** So many pictures of each person, the first ones. */
function someOfEach(named: readonly Labelled[], each: number): Labelled[] {
  const taken = new Map<string, number>();
  return named.filter(({ person }) => {
    const count = taken.get(person) ?? 0;
    taken.set(person, count + 1);
    return count < each;
  });
}

function calibrationOf(model: ModelFolder): Calibration {
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Mistake(`${model.name} is not calibrated`);
  return calibration;
}

function thresholdOf(points: OfferedRates): number {
  const rate = findRate(points, FAR);
  if (rate === undefined) throw new Mistake(`a network or cascade has no rate of ${FAR}`);
  return rate.threshold;
}

/** Refusals of the floor among pictures as they are. */
async function refusals(pictures: readonly Picture[]) {
  const results = await degradeAll(pictures, AS_THEY_ARE);
  const qualities = new Map<string, Quality>();
  const byReason: Record<string, number> = {};
  const files: string[] = [];
  for (const { file } of pictures) {
    const result = results.get(file)?.[0];
    if (result === undefined || 'code' in result) continue;
    qualities.set(file, result.quality);
    const failures = floorFailures(result.quality);
    if (failures.length > 0) files.push(file);
    for (const failure of failures) byReason[failure] = (byReason[failure] ?? 0) + 1;
  }
  const report: FloorRefusals = { pictures: pictures.length, refused: files.length, byReason };
  return { report: { ...report, files }, qualities };
}

async function lfwRefusals(source: string, step: number) {
  const pictures = below(openPictures(source), 'pairs.txt');
  const list = pictures?.get('pairs.txt');
  if (pictures === undefined || list === undefined) throw new Mistake(`no pairs.txt in ${source}`);
  const all = readPairs(new TextDecoder().decode(readPlace(list)));
  const pairs = all.filter((_, i) => i % step === 0);
  const files = new Set(pairs.flatMap(({ reference, probe }) => [reference, probe]));
  const wanted = [...files].sort().flatMap((file) => {
    const place = pictures.get(file);
    return place === undefined ? [] : [{ file, place }];
  });
  const { report, qualities } = await refusals(wanted);
  const refused = pairs.filter(({ reference, probe }) => {
    const [a, b] = [qualities.get(reference), qualities.get(probe)];
    return a && b && undecidedReasons(a, b) !== undefined;
  });
  const genuine = refused.filter(({ same }) => same).length;
  return { ...report, pairs: pairs.length, refusedPairs: refused.length, refusedGenuine: genuine };
}
