/**
 * Cost of bad pictures, to choose the limits of `worker/face/quality/enrolment-gates.ts` by:
 * `npm run tool -- gate-limits CROPS`, on crops of labelled people (`npm run tool -- crops`).
 *
 * Two tables: pictures as they are, beyond a limit and within it; and pictures made worse on
 * purpose. Both give VAL at the shipped threshold of FAR 1e-3 for genuine pairs of such a picture
 * with the person's other pictures as they are.
 *
 * Crops that name nobody but are named as UTKFace's pictures are give another table: whose pictures
 * a limit would refuse, by origin.
 */
import type { Crop } from '../../worker/face/alignment/align.ts';
import type { FaceMeshResult } from '../../worker/face/alignment/facemesh.ts';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { type Embedding, embed } from '../../worker/face/embedding/embed.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { type Quality, quality } from '../../worker/face/quality/quality.ts';
import { Progress } from '../batch/progress.ts';
import { openPack, planar, readCrops, readNotes } from '../dataset/pack.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { chooseRuntime, MODEL_ARG, openModel, readCalibration } from '../engine/model-folder.ts';
import { loadNetwork } from '../engine/networks.ts';
import { memberOf } from '../evaluate/groups.ts';
import { Mistake } from '../mistake.ts';
import { integer, percent, table } from '../report/format.ts';
import { median } from '../statistics/percentile.ts';
import { blurred, exposed, shrunken } from './degrade.ts';

/** A crop, as the tool `crops` notes it. */
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

export default defineTool({
  name: 'gate-limits',
  description: 'Tell what bad pictures cost, to choose the limits of enrolment by',
  args: {
    crops: {
      type: 'positional',
      required: true,
      description: 'Pack of crops, of labelled people or named as UTKFace is',
    },
    model: MODEL_ARG,
    worse: {
      type: 'string',
      valueHint: 'n',
      default: '300',
      description: 'Pictures that are made worse',
    },
  },
  async run(args) {
    const notes = readSeen(args.crops);
    if (notes.every(({ face }) => face.person === null)) {
      console.log(byOrigin(notes));
      return;
    }
    const model = openModel(args.model);
    chooseRuntime(model);
    const network = await loadNetwork(model.network);
    const calibration = readCalibration(model);
    const rate = calibration && findRate(calibration, 1e-3);
    if (rate === undefined) throw new Mistake(`${model.name} is not calibrated at FAR 1e-3`);
    const shots = await embedShots(network, notes);
    const genuine = new GenuinePairs(shots, rate.threshold);
    console.log(`${integer(shots.length)} pictures of ${integer(genuine.people)} people\n`);
    console.log(byLimit(shots, genuine));
    const step = Math.max(1, Math.floor(shots.length / wholeNumber(args.worse, 'worse')));
    const some = shots.filter((_, i) => i % step === 0);
    console.log(`\n${integer(some.length)} of them, made worse\n`);
    console.log(await madeWorse(network, some, genuine));
  },
});

/** Genuine pairs of pictures with the others of their people. */
class GenuinePairs {
  private readonly others = new Map<string, Shot[]>();

  constructor(
    shots: readonly Shot[],
    private readonly threshold: number,
  ) {
    for (const shot of shots) {
      this.others.set(shot.person, [...(this.others.get(shot.person) ?? []), shot]);
    }
  }

  get people(): number {
    return this.others.size;
  }

  /** VAL of some pictures' pairs. @param embeddings in place of the pictures' own */
  val(some: readonly Shot[], embeddings = some.map(({ embedding }) => embedding)): string {
    let pairs = 0;
    let matched = 0;
    for (const [i, shot] of some.entries()) {
      for (const other of this.others.get(shot.person) as Shot[]) {
        if (other === shot) continue;
        pairs++;
        const distance = squaredDistance(embeddings[i] as Embedding, other.embedding);
        if (distance <= this.threshold) matched++;
      }
    }
    return pairs === 0 ? '–' : `${percent(matched / pairs, 1)} of ${integer(pairs)}`;
  }
}

/** Pictures as they are, beyond each limit and within it. */
function byLimit(shots: readonly Shot[], genuine: GenuinePairs): string {
  const rows = LIMITS.flatMap(([name, beyond, limits]) =>
    limits.map((limit) => {
      const out = shots.filter(({ quality }) => beyond(quality, limit));
      const within = shots.filter(({ quality }) => !beyond(quality, limit));
      const share = percent(out.length / shots.length, 1);
      return [`${name} ${limit}`, share, genuine.val(out), genuine.val(within)];
    }),
  );
  return table(['pictures', 'share', 'VAL of them', 'VAL of the others'], rows);
}

/** Pictures made worse on purpose, step by step. */
async function madeWorse(network: Embedder, some: readonly Shot[], genuine: GenuinePairs) {
  const rows: string[][] = [['as they are', '', '', genuine.val(some)]];
  for (const [name, make, steps] of WORSE) {
    for (const by of steps) {
      const crops = some.map(({ crop }) => make(crop, by));
      const qualities = crops.map((crop, i) =>
        quality(0, crop, (some[i] as Shot).face.orientation),
      );
      const embeddings = await embedCrops(network, crops);
      rows.push([
        `${name} ${Number(by.toPrecision(2))}`,
        median(qualities.map(({ sharpness }) => sharpness)).toFixed(2),
        median(qualities.map(({ exposure }) => exposure)).toFixed(2),
        genuine.val(some, embeddings),
      ]);
    }
  }
  return table(['pictures', 'median sharpness', 'median exposure', 'VAL'], rows);
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
  const faces = readNotes<Seen['face']>(folder);
  if (faces.some(({ orientation }) => orientation === undefined))
    throw new Error('crops.jsonl has no orientation: make them again (`crops`)');
  const named = faces.some(({ person }) => person !== null);
  const step = named ? 1 : Math.max(1, Math.floor(faces.length / MOST_BY_ORIGIN));
  return faces.flatMap((face, i) => {
    if (named ? face.person === null : i % step !== 0) return [];
    const crop = planar(readCrops(pack, i, i + 1));
    return { face, crop, quality: quality(face.box.width, crop, face.orientation) };
  });
}

async function embedShots(network: Embedder, seen: readonly Seen[]): Promise<Shot[]> {
  const embeddings = await embedCrops(
    network,
    seen.map(({ crop }) => crop),
  );
  return seen.map((one, i) => ({
    ...one,
    person: one.face.person as string,
    embedding: embeddings[i] as Embedding,
  }));
}

async function embedCrops(network: Embedder, crops: readonly Crop[]): Promise<Embedding[]> {
  const progress = new Progress(crops.length, 'crops');
  const embeddings: Embedding[] = [];
  for (const crop of crops) {
    embeddings.push(...(await embed(network, [crop])));
    progress.add(1);
  }
  progress.end();
  return embeddings;
}
