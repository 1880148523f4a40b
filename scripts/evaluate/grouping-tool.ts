/**
 * Grouping and searching of known people, at the thresholds that are shipped:
 * `npm run tool -- grouping --pictures SOURCE --identities FILE`.
 *
 * Written to `grouping.json` beside the weights. With --pack it compares networks on the same crops
 * instead: ours, and those whose embeddings `npm run tool -- teach` left in the pack.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Calibration, findRate } from '../../worker/face/calibration.ts';
import { embed } from '../../worker/face/embed.ts';
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import { CLUSTER_FAR } from '../../worker/limits.ts';
import { measureAt, searchAll } from '../calibrate/identification.ts';
import { enrolAll } from '../calibrate/templates.ts';
import { calibrate } from '../calibrate/thresholds.ts';
import { readList } from '../dataset/identities.ts';
import { openPack, planar, readCrops, readNotes, readTeacher } from '../dataset/pack.ts';
import { PEOPLE_ARGS, picturesOfPeople } from '../dataset/people.ts';
import { TEACHERS } from '../dataset/teachers.ts';
import { defineTool, Mistake, pattern } from '../define-tool.ts';
import {
  chooseRuntime,
  finderSha256,
  MODEL_ARG,
  type ModelFolder,
  openModel,
  readCalibration,
  sha256,
} from '../engine/model-folder.ts';
import { loadNetwork } from '../engine/networks.ts';
import { commandLine, gitRevision } from '../provenance.ts';
import { percent, table } from '../report/format.ts';
import type { Labelled } from '../statistics/all-pairs.ts';
import { byCode, embedAll, weaknessesOf } from './embed-all.ts';
import { groupAll, rankOne, scoreGroups } from './grouping.ts';
import { type GroupingFile, reportGrouping } from './grouping-report.ts';

export default defineTool({
  name: 'grouping',
  description: 'Measure how well known people are grouped, at the thresholds that are shipped',
  args: {
    pictures: { type: 'string', valueHint: 'source', description: 'Folder or tar of pictures' },
    ...PEOPLE_ARGS,
    data: { type: 'string', valueHint: 'text', description: 'What the pictures are' },
    pack: { type: 'string', valueHint: 'folder', description: 'Crops, in place of pictures' },
    network: {
      type: 'string',
      valueHint: 'name',
      description: `Beside ours on the pack: ${Object.keys(TEACHERS).join(', ')}; may be repeated`,
    },
    model: MODEL_ARG,
  },
  async run(args, { rawArgs, all }) {
    const model = openModel(args.model);
    chooseRuntime(model);
    if (args.pack !== undefined) return comparePack(args.pack, model, all('network'));
    if (args.pictures === undefined) throw new Mistake('--pictures or --pack is missing');
    const calibration = readCalibration(model);
    if (calibration === undefined) throw new Mistake(`${model.name} is not calibrated`);
    const named = picturesOfPeople(args.pictures, {
      person: pattern(args.person),
      only: readList(args.identities),
    });
    const places = new Map(named.map(({ file, place }) => [file, place]));
    const gallery = await embedAll(places, 'largest', [model.network]);
    const { embeddings, refused } = gallery;
    const set = {
      embeddings: named.map(({ file }) => embeddings[0]?.get(file)),
      persons: named.map(({ person }) => person),
      weaknesses: named.map(({ file }) => weaknessesOf(gallery, file)),
    };
    const file: GroupingFile = {
      model: model.name,
      sha256: sha256(model.network),
      ...finderSha256(),
      data: args.data ?? basename(args.pictures),
      refused: byCode(refused),
      ...reportGrouping(set, calibration.rates),
      command: commandLine('grouping', rawArgs),
      gitRevision: gitRevision(),
    };
    writeFileSync(join(model.folder, 'grouping.json'), `${JSON.stringify(file, null, 2)}\n`);
    console.log(table(...groupingRows(file)));
  },
});

function groupingRows({ rates }: GroupingFile): [string[], string[][]] {
  const head = ['FAR', 'groups', 'B-cubed P', 'R', 'F', 'pairs P', 'R'];
  const rows = rates.map(({ far, groups, precision, recall, f, pairPrecision, pairRecall }) => [
    String(far),
    String(groups),
    ...[precision, recall, f, pairPrecision, pairRecall].map((share) => percent(share)),
  ]);
  return [head, rows];
}

/** Networks on the same crops, each at the threshold of its own impostor pairs of these people. */
async function comparePack(folder: string, model: ModelFolder, names: readonly string[]) {
  const persons = readNotes(folder).map(({ file, person }) => person ?? file);
  const own: Labelled = { persons, embeddings: await embedPack(folder, model) };
  const sets = new Map([[model.name, own]]);
  for (const name of names) sets.set(name, { persons, embeddings: embeddingsBy(name, folder) });
  const rows = [...sets].map(([name, set]) => {
    const { threshold } = findRate(calibrate(set), CLUSTER_FAR) ?? {};
    if (threshold === undefined) throw new Mistake(`${folder} has too few people for a threshold`);
    const scores = scoreGroups(groupAll(set, threshold), persons);
    return [
      name,
      ...[rankOne(set), scores.f, scores.precision, scores.recall].map((share) => percent(share)),
    ];
  });
  console.log(table(['network', 'rank-1', 'B-cubed F', 'P', 'R'], rows));
  const promised = heldOut(own, readCalibration(model));
  if (promised.length > 0) {
    const head = ['pictures', 'gallery', 'FPIR promised', 'measured', '95 %'];
    console.log(`\n${table(head, promised)}`);
  }
}

/** Shipped thresholds of searches, held against people that they were not measured on. */
function heldOut(set: Labelled, calibration: Calibration | undefined): string[][] {
  const onePerson = calibration && findRate(calibration, ENROLMENT_FAR);
  if (!onePerson) return [];
  const good = set.persons.map(() => true);
  return calibration.templates.flatMap(({ pictures, identification = [] }) => {
    const { persons } = enrolAll({ ...set, good }, pictures, onePerson);
    return identification.flatMap(({ size, rates }) => {
      const searches = searchAll(persons, size);
      if (searches.nearest.length === 0 || searches.own.length === 0) return [];
      return rates.map(({ fpir, threshold }) => {
        const measured = measureAt(searches, threshold);
        const interval = measured.fpirInterval.map((share) => percent(share, 3)).join(' to ');
        const row = [String(pictures), String(size), percent(fpir, 2), percent(measured.fpir, 3)];
        return [...row, interval];
      });
    });
  });
}

async function embedPack(folder: string, model: ModelFolder): Promise<Float32Array[]> {
  const network = await loadNetwork(model.network);
  const pack = openPack(folder);
  const embeddings: Float32Array[] = [];
  for (let i = 0; i < pack.count; i++) {
    embeddings.push(...(await embed(network, [planar(readCrops(pack, i, i + 1))])));
  }
  return embeddings;
}

function embeddingsBy(name: string, folder: string): Labelled['embeddings'] {
  const dimension = TEACHERS[name]?.dimension;
  if (dimension === undefined) throw new Mistake(`--network: no ${name}`);
  return readTeacher(openPack(folder), name, dimension);
}
