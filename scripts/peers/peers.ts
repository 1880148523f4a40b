/**
 * Other networks beside ours, on the same crops by our own detector and landmarks: LFW view 2, searches
 * and grouping of known people, and with --times time a crop: `npm run tool -- peers --pack PACK --pairs
 * pairs.txt --people PACK --network NAME=FILE.onnx...`.
 *
 * The packs hold the crops of LFW and of people whom nobody was trained on (`npm run tool -- crops`), and
 * each network's embeddings of them, `teacher-NAME.f32`, ours `teacher-ours-NAME.f32` (`npm run tool -- teach`). No
 * picture is refused for its quality: the floor of ours is no part of a network. Times are
 * onnxruntime-web's, stock, one thread, all networks in turn.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import type { Tensor } from '../../worker/face/network.ts';
import { oursIn } from '../dataset/pack.ts';
import { TEACHERS } from '../dataset/teachers.ts';
import { defineTool } from '../define-tool.ts';
import { openModel, shippedModels } from '../engine/model-folder.ts';
import { loadNetwork, useStockRuntime } from '../engine/networks.ts';
import { judgePack } from '../evaluate/pack-pairs.ts';
import type { SetReport } from '../evaluate/set-report.ts';
import { groupPack, type PackGrouping } from '../identification/pack-grouping.ts';
import { Mistake } from '../mistake.ts';
import { integer, percent, points, table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { compareShares } from '../statistics/paired.ts';
import { median } from '../statistics/percentile.ts';

/** Rounds of runs in turn: V8 compiles what runs often a second time, better. */
const WARM_UP = 60;
const RUNS = 80;

interface Row {
  readonly name: string;
  readonly lfw: Pick<SetReport, 'accuracy' | 'rates'>;
  readonly grouping: PackGrouping;
  readonly file: string;
  readonly input: Tensor;
}

export default defineTool({
  name: 'peers',
  description: 'Measure other networks beside ours: LFW, searches, grouping, and time',
  repeatable: ['network'],
  args: {
    pack: {
      type: 'string',
      required: true,
      valueHint: 'pack',
      description: "LFW's crops, embedded by each network (`crops`, `teach`)",
    },
    pairs: { type: 'string', required: true, valueHint: 'file', description: "LFW's pairs.txt" },
    people: {
      type: 'string',
      required: true,
      valueHint: 'pack',
      description: 'Crops of people kept for calibration, embedded likewise: searches and grouping',
    },
    network: {
      type: 'string',
      required: true,
      valueHint: 'name=file.onnx',
      description: `Repeatable; names: ${Object.keys(TEACHERS).join(', ')}`,
    },
    docs: { type: 'string', valueHint: 'file', description: 'Whose peers block is refreshed' },
    times: {
      type: 'boolean',
      default: false,
      description: 'Time a crop as well, which wants a quiet machine',
    },
  },
  async run(args, { all }) {
    if (args.docs !== undefined) requireBlock(args.docs, 'peers');
    useStockRuntime();
    const sets = { lfw: args.pack, pairs: readFileSync(args.pairs, 'utf8'), people: args.people };
    const rows = [...all('network').map((given) => peer(sets, given)), ...shipped(sets)];
    const text = await networkTable(rows, args.times);
    console.log(text);
    if (args.docs === undefined) return;
    writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'peers', text));
  },
});

async function networkTable(rows: readonly Row[], isTimed: boolean): Promise<string> {
  const times = isTimed ? await timesOf(rows) : [];
  const head = [
    'network',
    'LFW',
    'VAL at FAR 1e-2',
    'at 1e-3',
    'people: rank-1',
    'less that of the first, 95 %',
    'B-cubed F',
    'bytes',
  ];
  return table(
    [...head, ...(isTimed ? ['ms a crop: least', 'median'] : [])],
    rows.map(({ name, lfw, grouping, file }, i) => [
      name,
      lfw.accuracy ? `${percent(lfw.accuracy.mean)} ± ${percent(lfw.accuracy.standardError)}` : '–',
      ...[1e-2, 1e-3].map((far) => percent(lfw.rates.find((r) => r.far === far)?.val ?? 0)),
      percent(grouping.rank1),
      i === 0 ? '' : lessFirst(rows, grouping),
      percent(grouping.f),
      integer(statSync(file).size),
      ...(times[i] ?? []),
    ]),
  );
}

/** Rank-1 less that of the first network on the same crops: `−0.34 points (−0.71 to +0.03)`. */
function lessFirst([first]: readonly Row[], { hits, persons }: PackGrouping): string {
  const { difference, interval } = compareShares(first?.grouping.hits ?? [], hits, persons);
  const ends = interval.map((end) => points(end).replace(' points', ''));
  return `${points(difference)} (${ends.join(' to ')})`;
}

async function timesOf(rows: readonly Row[]): Promise<Time[]> {
  const runs: Run[] = [];
  for (const { file, input } of rows) {
    const network = await loadNetwork(file);
    runs.push(() => network.run(input));
  }
  return timed(runs);
}

/** Packs of crops, and the text of LFW's list of pairs. */
interface Sets {
  readonly lfw: string;
  readonly pairs: string;
  readonly people: string;
}

/** @throws Mistake where `given` is not NAME=FILE of a network known here */
function peer(sets: Sets, given: string): Row {
  const [name, file] = given.split('=') as [string, string | undefined];
  const how = TEACHERS[name];
  if (how === undefined || file === undefined)
    throw new Mistake(`${given}: not NAME=FILE of a network known here`);
  const side = how.size;
  return {
    name: `${name} (${how.source})`,
    ...judged(sets, name, how.dimension),
    file,
    input: {
      data: new Float32Array(3 * side * side).map((_, i) => ((i % 251) - 125) / 125),
      shape: [1, 3, side, side],
    },
  };
}

function shipped(sets: Sets): Row[] {
  return shippedModels().map((name) => {
    const data = new Uint8Array(3 * CROP_HEIGHT * CROP_WIDTH).map((_, i) => (i * 7919) % 256);
    const input: Tensor = { data, shape: [1, 3, CROP_HEIGHT, CROP_WIDTH] };
    const { network: file } = openModel(name);
    return { name: `**${name}**, ours`, ...judged(sets, oursIn(name), DIMENSION), file, input };
  });
}

function judged({ lfw, pairs, people }: Sets, name: string, dimension: number) {
  return {
    lfw: judgePack(lfw, name, dimension, pairs),
    grouping: groupPack(people, name, dimension),
  };
}

type Run = () => Promise<unknown>;

type Time = readonly [least: string, median: string];

/** Least and median milliseconds of each. */
async function timed(tasks: readonly Run[]): Promise<Time[]> {
  const taken: number[][] = tasks.map(() => []);
  for (let round = 0; round < WARM_UP + RUNS; round++) {
    for (const [i, run] of tasks.entries()) {
      const start = performance.now();
      await run();
      if (round >= WARM_UP) taken[i]?.push(performance.now() - start);
    }
  }
  return taken.map((list) => {
    return [Math.min(...list).toFixed(1), median(list).toFixed(1)];
  });
}
