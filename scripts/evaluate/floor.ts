/**
 * The quality floor, measured: how often different people pass as one when both pictures were made
 * worse alike, and what the floor refuses of pictures as they are:
 * `npm run tool -- floor --pictures SOURCE --identities FILE --lfw SOURCE`.
 *
 * Kinds and strengths are fixed by degradations.json. Writes `floor.json` beside the model's weights;
 * `card --render` puts its table into the model card.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findRate } from '../../worker/face/calibration.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import type { Quality } from '../../worker/face/quality.ts';
import { FLOOR, floorFailures, pairFloorFailures } from '../../worker/face/reliability.ts';
import { readList } from '../dataset/identities.ts';
import { readPairs } from '../dataset/pair-list.ts';
import { PEOPLE_ARGS, picturesOfPeople } from '../dataset/people.ts';
import { below, openPictures, type Place, readPlace } from '../dataset/pictures.ts';
import { defineTool, Mistake, pattern, wholeNumber } from '../define-tool.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import {
  type FloorFile,
  type FloorKind,
  type FloorRefusals,
  floorText,
} from '../report/floor-section.ts';
import {
  chooseRuntime,
  finderSha256,
  MODEL_ARG,
  openModel,
  readCalibration,
  sha256,
} from '../runtime/model-folder.ts';
import { degradeAll } from './degrade-all.ts';
import type { Degraded } from './degrade-worker.ts';
import { DEGRADATIONS, isChanged } from './picture-degradations.ts';

/** Rate at whose threshold pairs are decided. */
const FAR = 1e-3;
const AS_THEY_ARE = DEGRADATIONS.filter((kind) => !isChanged(kind));

interface Picture {
  readonly file: string;
  readonly place: Place;
}

interface Shot {
  readonly person: string;
  readonly result: Degraded;
}

export default defineTool({
  name: 'floor',
  description: 'Measure the quality floor on pictures made worse, and on pictures as they are',
  args: {
    pictures: {
      type: 'string',
      required: true,
      valueHint: 'source',
      description: 'Folder or tar of pictures whose paths tell the person',
    },
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
      description: 'Make pictures worse of the first n people alone',
    },
    model: MODEL_ARG,
    dry: { type: 'boolean', default: false, description: 'Write nothing' },
  },
  async run(args, { rawArgs }) {
    delete process.env.NATIVE_ORT; // what is measured runs as it is deployed
    const model = openModel(args.model);
    chooseRuntime(model);
    const calibration = readCalibration(model);
    const rate = calibration && findRate(calibration, FAR);
    if (rate === undefined) throw new Mistake(`${model.name} is not calibrated at ${FAR}`);
    const people = args.people === undefined ? undefined : wholeNumber(args.people, 'people');
    const only = readList(args.identities);
    const named = picturesOfPeople(args.pictures, { person: pattern(args.person), only });
    if (named.length === 0) throw new Mistake('no pictures of these people');

    const each = wholeNumber(args.each, 'each');
    const taken = new Map<string, number>();
    const some = named.filter(({ person }) => {
      const count = taken.get(person) ?? 0;
      if (count === 0 && taken.size === people) return false;
      taken.set(person, count + 1);
      return count < each;
    });
    const results = await degradeAll(some, DEGRADATIONS, model.network);
    const kinds = DEGRADATIONS.map(({ name }, i): FloorKind => {
      const shots = some.flatMap(({ file, person }): Shot[] => {
        const result = results.get(file)?.[i];
        return result === undefined ? [] : [{ person, result }];
      });
      return { name, ...count(shots, rate.threshold) };
    });
    const asTheyAre = await refusals(named);
    const file: FloorFile = {
      model: model.name,
      sha256: sha256(model.network),
      ...finderSha256(),
      data: args.data ?? basename(args.pictures),
      limits: FLOOR,
      far: FAR,
      threshold: rate.threshold,
      people: taken.size,
      kinds,
      asTheyAre: asTheyAre.report,
      ...(args.lfw !== undefined && {
        lfw: await lfwRefusals(args.lfw, wholeNumber(args['lfw-step'], 'lfw-step')),
      }),
      command: commandLine('floor', rawArgs),
      gitRevision: gitRevision(),
    };
    if (!args.dry) {
      writeFileSync(join(model.folder, 'floor.json'), `${JSON.stringify(file, null, 2)}\n`);
    }
    console.log(floorText(file));
  },
});

function count(shots: readonly Shot[], threshold: number): Omit<FloorKind, 'name'> {
  const found = shots.flatMap(({ person, result }) =>
    'code' in result
      ? []
      : [{ person, ...result, isBelow: floorFailures(result.quality).length > 0 }],
  );
  let pairs = 0;
  let sameWithout = 0;
  let answered = 0;
  let same = 0;
  for (const [i, a] of found.entries()) {
    for (const b of found.slice(0, i)) {
      if (a.person === b.person) continue;
      pairs++;
      const distance = squaredDistance(a.embedding as Float32Array, b.embedding as Float32Array);
      const isSame = distance <= threshold;
      if (isSame) sameWithout++;
      if (a.isBelow || pairFloorFailures(a.quality, b.quality).length > 0) continue;
      answered++;
      if (isSame) same++;
    }
  }
  const belowFloor = found.filter(({ isBelow }) => isBelow).length;
  return {
    pictures: shots.length,
    found: found.length,
    belowFloor,
    pairs,
    sameWithout,
    answered,
    same,
  };
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
    return a && b && (floorFailures(a).length > 0 || pairFloorFailures(a, b).length > 0);
  });
  const genuine = refused.filter(({ same }) => same).length;
  return { ...report, pairs: pairs.length, refusedPairs: refused.length, refusedGenuine: genuine };
}
