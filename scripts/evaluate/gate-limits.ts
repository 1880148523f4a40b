/**
 * What bad pictures cost, to choose the limits of `worker/face/enrolment-gates.ts` by:
 * `npm run gates -- CROPS`, on crops of labelled people (`npm run crops`).
 *
 * Two tables: pictures as they are, beyond a limit and within it; and pictures made worse on
 * purpose. Both give VAL at the shipped threshold of FAR 1e-3 for genuine pairs of such a picture
 * with the person's other pictures as they are.
 *
 * Crops that name nobody but are named as UTKFace's pictures are give another table: whose pictures
 * a limit would refuse, by origin.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Crop } from '../../worker/face/align.ts';
import { findRate } from '../../worker/face/calibration.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import { type Embedding, embed } from '../../worker/face/embed.ts';
import type { FaceMeshResult } from '../../worker/face/facemesh.ts';
import { type Quality, quality } from '../../worker/face/quality.ts';
import { openPack, readCrops } from '../dataset/pack.ts';
import { integer, percent, table } from '../report/tables.ts';
import {
  chooseRuntime,
  deployedModel,
  openModel,
  readCalibration,
} from '../runtime/model-folder.ts';
import { loadNetwork } from '../runtime/networks.ts';
import { Progress } from '../runtime/progress.ts';
import { blurred, exposed, planar, shrunken } from './degrade.ts';
import { memberOf } from './groups.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    model: { type: 'string', default: deployedModel() },
    worse: { type: 'string', default: '300' },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.log(`npm run gates -- CROPS [options]

  --model NAME   a folder of model/ (the one deployed)
  --worse N      pictures that are made worse (300)`);
  process.exit(values.help ? 0 : 2);
}

/** A crop, as `npm run crops` notes it. */
interface Seen {
  readonly face: FaceMeshResult & { readonly file: string; readonly person: string | null };
  readonly crop: Crop;
  readonly quality: Quality;
}

interface Shot extends Seen {
  readonly person: string;
  readonly embedding: Embedding;
}

const LIMITS: readonly [string, (quality: Quality, limit: number) => boolean, readonly number[]][] =
  [
    ['width under', (q, limit) => q.faceWidth < limit, [60, 70, 80, 90]],
    ['sharpness under', (q, limit) => q.sharpness < limit, [0.2, 0.3, 0.35, 0.4, 0.5]],
    ['exposure under', (q, limit) => q.exposure < limit, [0.15, 0.2, 0.25, 0.3, 0.35, 0.4]],
    ['exposure over', (q, limit) => q.exposure > limit, [0.6, 0.7, 0.75, 0.8, 0.85]],
    ['yaw over', (q, limit) => Math.abs(q.yaw) > limit, [15, 20, 25, 30, 35, 40, 45]],
    ['pitch over', (q, limit) => Math.abs(q.pitch) > limit, [10, 15, 20, 25, 30]],
    ['roll over', (q, limit) => Math.abs(q.roll) > limit, [5, 10, 15, 20]],
  ];

const WORSE: readonly [string, (crop: Crop, by: number) => Crop, readonly number[]][] = [
  ['face as of width', shrunken, [24, 32, 40, 50, 60, 80]],
  ['blurred by', blurred, [1, 1.5, 2, 3]],
  ['light times', exposed, [1 / 32, 1 / 16, 1 / 8, 1 / 4, 2, 4]],
];

/** Crops that are looked at where nobody is named. */
const MOST_BY_ORIGIN = 6000;

const seen = readSeen(folder);
if (seen.every(({ face }) => face.person === null)) {
  console.log(byOrigin(seen));
  process.exit(0);
}

const model = openModel(values.model);
chooseRuntime(model);
const network = await loadNetwork(model.network);
const calibration = readCalibration(model);
const rate = calibration && findRate(calibration, 1e-3);
if (rate === undefined) throw new Error(`${model.name} is not calibrated at FAR 1e-3`);
const { threshold } = rate;

const shots = await embedShots(seen);
const others = new Map<string, Shot[]>();
for (const shot of shots) others.set(shot.person, [...(others.get(shot.person) ?? []), shot]);

const rows = LIMITS.flatMap(([name, beyond, limits]) =>
  limits.map((limit) => {
    const out = shots.filter(({ quality }) => beyond(quality, limit));
    const within = shots.filter(({ quality }) => !beyond(quality, limit));
    const share = percent(out.length / shots.length, 1);
    return [`${name} ${limit}`, share, val(out), val(within)];
  }),
);
console.log(`${integer(shots.length)} pictures of ${integer(others.size)} people\n`);
console.log(table(['pictures', 'share', 'VAL of them', 'VAL of the others'], rows));

const step = Math.max(1, Math.floor(shots.length / Number(values.worse)));
const some = shots.filter((_, i) => i % step === 0);
const medianOf = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
const worse: string[][] = [['as they are', '', '', val(some)]];
for (const [name, make, steps] of WORSE) {
  for (const by of steps) {
    const crops = some.map(({ crop }) => make(crop, by));
    const qualities = crops.map((crop, i) => quality(0, crop, (some[i] as Shot).face.orientation));
    const embeddings = await embedCrops(crops);
    worse.push([
      `${name} ${Number(by.toPrecision(2))}`,
      medianOf(qualities.map(({ sharpness }) => sharpness)).toFixed(2),
      medianOf(qualities.map(({ exposure }) => exposure)).toFixed(2),
      val(some, embeddings),
    ]);
  }
}
console.log(`\n${integer(some.length)} of them, made worse\n`);
console.log(table(['', 'median sharpness', 'median exposure', 'VAL'], worse));

/** Genuine pairs of some pictures with the others of their people, and how many of them match. */
function val(some: readonly Shot[], embeddings = some.map(({ embedding }) => embedding)): string {
  let pairs = 0;
  let matched = 0;
  for (const [i, shot] of some.entries()) {
    for (const other of others.get(shot.person) as Shot[]) {
      if (other === shot) continue;
      pairs++;
      if (squaredDistance(embeddings[i] as Embedding, other.embedding) <= threshold) matched++;
    }
  }
  return pairs === 0 ? '–' : `${percent(matched / pairs, 1)} of ${integer(pairs)}`;
}

/** @throws Error where the names tell nothing of whom they show */
function byOrigin(seen: readonly Seen[]): string {
  const origins = new Map<string, Seen[]>();
  for (const one of seen) {
    const origin = memberOf(one.face.file)?.origin;
    if (origin !== undefined) origins.set(origin, [...(origins.get(origin) ?? []), one]);
  }
  if (origins.size === 0) throw new Error('the crops name neither people nor their origin');
  const rows = LIMITS.flatMap(([name, beyond, limits]) =>
    limits.map((limit) => [
      `${name} ${limit}`,
      ...[...origins.values()].map((of) => {
        const out = of.filter(({ quality }) => beyond(quality, limit));
        return percent(out.length / of.length, 1);
      }),
    ]),
  );
  const heads = [...origins].map(([origin, of]) => `${origin} (${integer(of.length)})`);
  return table(['pictures', ...heads], rows);
}

/** All crops of people who are named; where nobody is, so many of them, evenly. */
function readSeen(folder: string): Seen[] {
  const pack = openPack(folder);
  const faces = readFileSync(join(folder, 'crops.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Seen['face']);
  if (faces.some(({ orientation }) => orientation === undefined))
    throw new Error('crops.jsonl has no orientation: run npm run crops again');
  const named = faces.some(({ person }) => person !== null);
  const step = named ? 1 : Math.max(1, Math.floor(faces.length / MOST_BY_ORIGIN));
  return faces.flatMap((face, i) => {
    if (named ? face.person === null : i % step !== 0) return [];
    const crop = planar(readCrops(pack, i, i + 1));
    return { face, crop, quality: quality(face.box.width, crop, face.orientation) };
  });
}

async function embedShots(seen: readonly Seen[]): Promise<Shot[]> {
  const embeddings = await embedCrops(seen.map(({ crop }) => crop));
  return seen.map((one, i) => ({
    ...one,
    person: one.face.person as string,
    embedding: embeddings[i] as Embedding,
  }));
}

async function embedCrops(crops: readonly Crop[]): Promise<Embedding[]> {
  const progress = new Progress(crops.length, 'crops');
  const embeddings: Embedding[] = [];
  for (const crop of crops) {
    embeddings.push(...(await embed(network, [crop])));
    progress.add(1);
  }
  progress.end();
  return embeddings;
}
