/**
 * Other networks beside ours, on the same crops by our own detector and landmarks: LFW view 2 and
 * time a crop.
 *
 *   npm run peers -- --pack PACK --pairs pairs.txt --network NAME=FILE.onnx... [--face-api]
 *     [--readme README.md]
 *
 * PACK holds LFW's crops (`npm run crops -- --from lfw --out PACK`) and each network's embeddings
 * of them, `teacher-NAME.f32` (`npm run teach`): the mean of crop and mirror image, as ours. What
 * is shipped is not embedded again: its accuracy is that of `npm run card`, by the same detector
 * and landmarks on the same pictures. Times are onnxruntime-web's, stock, one thread, all networks
 * in turn.
 *
 * With --face-api also the time of a pair of pictures end to end, beside `@vladmandic/face-api`;
 * that needs TensorFlow.js (`scripts/bench/face-api.ts`).
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import type { Tensor } from '../../worker/face/network.ts';
import { TEACHERS } from '../dataset/teachers.ts';
import { judgePack } from '../evaluate/pack-pairs.ts';
import type { SetReport } from '../evaluate/set-report.ts';
import { type AccuracyFile, replaceBlock } from '../report/model-card.ts';
import { integer, percent, table } from '../report/tables.ts';
import { openModel, shippedModels } from '../runtime/model-folder.ts';
import { loadNetwork, useStockRuntime } from '../runtime/networks.ts';
import { type Way, waysEndToEnd } from './end-to-end.ts';

/** Rounds of runs in turn: V8 compiles what runs often a second time, better. */
const WARM_UP = 60;
const RUNS = 80;

interface Row {
  readonly name: string;
  readonly lfw: Pick<SetReport, 'accuracy' | 'rates'>;
  readonly file: string;
  readonly input: Tensor;
}

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    pack: { type: 'string' },
    pairs: { type: 'string' },
    network: { type: 'string', multiple: true, default: [] },
    'face-api': { type: 'boolean', default: false },
    readme: { type: 'string' },
  },
});
const { pack, pairs, readme } = values;
if (pack === undefined || pairs === undefined || values.network.length === 0) {
  console.log(
    `npm run peers -- --pack PACK --pairs FILE --network NAME=FILE... [--face-api] [--readme FILE]\n\n` +
      `Networks: ${Object.keys(TEACHERS).join(', ')}`,
  );
  process.exit(values.help ? 0 : 2);
}
useStockRuntime();
const ways = values['face-api'] ? await waysEndToEnd() : []; // first: it may lack its runtime
const rows = [...values.network.map(peer), ...shipped()];
const runs: Way[1][] = [];
for (const { file, input } of rows) {
  const network = await loadNetwork(file);
  runs.push(() => network.run(input));
}
const times = await timed(runs);
const parts = [
  table(
    ['network', 'LFW', 'VAL at FAR 1e-2', 'at 1e-3', 'bytes', 'ms a crop: least', 'median'],
    rows.map(({ name, lfw, file }, i) => [
      name,
      lfw.accuracy ? `${percent(lfw.accuracy.mean)} ± ${percent(lfw.accuracy.standardError)}` : '–',
      ...[1e-2, 1e-3].map((far) => percent(lfw.rates.find((r) => r.far === far)?.val ?? 0)),
      integer(statSync(file).size),
      ...(times[i] as Time),
    ]),
  ),
];
if (ways.length > 0) {
  const taken = await timed(ways.map(([, run]) => run));
  parts.push(
    table(
      ['a pair of 640x480 JPEGs, end to end, in Node', 'ms: least', 'median'],
      ways.map(([name], i) => [name, ...(taken[i] as Time)]),
    ),
  );
}
const text = parts.join('\n\n');
console.log(text);
if (readme !== undefined) {
  writeFileSync(readme, replaceBlock(readFileSync(readme, 'utf8'), 'peers', text));
}

/** @param given NAME=FILE */
function peer(given: string): Row {
  const [name, file] = given.split('=') as [string, string | undefined];
  const how = TEACHERS[name];
  if (how === undefined || file === undefined)
    throw new Error(`${given}: not NAME=FILE of a network known here`);
  const side = how.size;
  return {
    name: `${name} (${how.source})`,
    lfw: judgePack(pack as string, name, how.dimension, readFileSync(pairs as string, 'utf8')),
    file,
    input: {
      data: new Float32Array(3 * side * side).map((_, i) => ((i % 251) - 125) / 125),
      shape: [1, 3, side, side],
    },
  };
}

function shipped(): Row[] {
  return shippedModels().map((name) => {
    const { folder, network } = openModel(name);
    const { lfw } = JSON.parse(readFileSync(join(folder, 'accuracy.json'), 'utf8')) as AccuracyFile;
    const data = new Uint8Array(3 * CROP_HEIGHT * CROP_WIDTH).map((_, i) => (i * 7919) % 256);
    const input: Tensor = { data, shape: [1, 3, CROP_HEIGHT, CROP_WIDTH] };
    return { name: `**${name}**, ours`, lfw, file: network, input };
  });
}

type Time = readonly [least: string, median: string];

/** Least and median milliseconds of each. */
async function timed(tasks: readonly Way[1][]): Promise<Time[]> {
  const taken: number[][] = tasks.map(() => []);
  for (let round = 0; round < WARM_UP + RUNS; round++) {
    for (const [i, run] of tasks.entries()) {
      const start = performance.now();
      await run();
      if (round >= WARM_UP) taken[i]?.push(performance.now() - start);
    }
  }
  return taken.map((list) => {
    const sorted = list.sort((a, b) => a - b);
    const ms = (at: number) => (sorted[at] as number).toFixed(1);
    return [ms(0), ms(sorted.length >> 1)];
  });
}
