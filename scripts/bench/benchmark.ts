/**
 * Speed, memory and price of the Worker in workerd, over HTTP: `npm run tool -- benchmark`.
 *
 * All networks of model/ are measured, each in a workerd of its own; those that are compared take turns,
 * since whatever else the machine does changes from minute to minute. Linux only: /proc tells CPU and memory.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cascadeName } from '../../worker/face/decision/cascade.ts';
import { CASCADES, MODELS } from '../../worker/runtime/models.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { deployedModel } from '../engine/model-folder.ts';
import { Mistake } from '../mistake.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { makeBundle } from '../self-host/bundle.ts';
import { makePictures, type Pictures } from './bench-pictures.ts';
import { benchmarkChart, benchmarkText, type Measured } from './benchmark-text.ts';
import { coldStarts } from './cold-start.ts';
import { isolateMemory } from './isolate-memory.ts';
import { latencies, throughputs, type WarmServer, warmUp } from './latency.ts';
import { timeLogins } from './login-times.ts';
import {
  pairName,
  pairOf,
  TEMPLATE,
  USUAL,
  type Verification,
  verifications,
} from './verification.ts';
import { makeIdleBundle, startWorkerd } from './workerd-server.ts';

const LOGINS = 40;

/** The same Worker with npm's onnxruntime. */
const STOCK_WORKER = 'scripts/bench/stock-worker.ts';

type Warm = Pick<Measured, 'kinds' | 'login' | 'perSecond'>;

/** Latency, CPU and throughput of every network, in processes that are warm. */
async function measureWarm(
  bundle: string,
  models: readonly string[],
  pictures: Pictures,
  rounds: number,
): Promise<Warm[]> {
  const warm: WarmServer[] = [];
  try {
    for (const model of models) {
      const server = await startWorkerd(bundle, model);
      warm.push({ server, kinds: [] });
      const kinds = await verifications(server.url, pictures);
      warm[warm.length - 1] = { server, kinds };
      await warmUp({ server, kinds });
    }
    const found = await latencies(warm, rounds);
    const results: Warm[] = [];
    for (const [i, { server, kinds }] of warm.entries()) {
      results.push({
        kinds: kinds.map(({ name }, k) => ({ name, latency: found[i]?.[k] as never })),
        perSecond: await throughputs(server, kinds[0] as Verification),
        login: await timeLogins(server.url, LOGINS),
      });
    }
    return results;
  } finally {
    for (const { server } of warm) await server.stop();
  }
}

export default defineTool({
  name: 'benchmark',
  description: 'Measure time, CPU and memory of the Worker in workerd, over HTTP',
  args: {
    runs: { type: 'string', valueHint: 'n', default: '100', description: 'Times of each request' },
    starts: { type: 'string', valueHint: 'n', default: '5', description: 'Cold starts of each' },
    models: {
      type: 'string',
      valueHint: 'list',
      description:
        'Networks or FAST+SLOW, with commas between; default: what MODEL names, and all that are deployed',
    },
    docs: {
      type: 'string',
      valueHint: 'file',
      description: 'Whose benchmark block is refreshed',
    },
    chart: { type: 'string', valueHint: 'file.svg', description: 'Where the chart is written' },
  },
  async run(args) {
    if (args.docs !== undefined) requireBlock(args.docs, 'benchmark');
    const rounds = wholeNumber(args.runs, 'runs');
    const coldRounds = wholeNumber(args.starts, 'starts');
    const deployed = deployedModel();
    const all = [...new Set([deployed, ...CASCADES.map(cascadeName), ...Object.keys(MODELS)])];
    const models = args.models?.split(',') ?? all;
    const unknown = models.find((model) => !all.includes(model));
    if (unknown !== undefined) throw new Mistake(`--models: no ${unknown} among ${all.join(', ')}`);
    const folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
    try {
      const bundle = join(folder, 'ours');
      const stock = join(folder, 'stock');
      await makeBundle(bundle);
      await makeBundle(stock, STOCK_WORKER);
      const bundles = [bundle, stock].map((made) => ({ bundle: made, idle: `${made}-idle` }));
      for (const { bundle, idle } of bundles) makeIdleBundle(bundle, idle);
      const pictures = await makePictures();
      const pair = pairOf(pictures, USUAL);
      console.error('warm');
      const warm = await measureWarm(bundle, models, pictures, rounds);
      const measured: Measured[] = [];
      for (const [i, model] of models.entries()) {
        console.error(`${model}: cold starts, memory`);
        const [cold, coldStock] = await coldStarts(bundles, model, pair, coldRounds);
        const memory = await isolateMemory(bundle, model, pictures);
        measured.push({ model, ...warm[i], cold, coldStock, memory } as Measured);
      }
      const names = { large: pairName('12 MP JPEG'), template: TEMPLATE };
      const machine = `${cpus().length} cores of a shared ${cpus()[0]?.model.trim()}`;
      const text = benchmarkText(measured, names, { rounds, coldRounds, machine });
      console.log(text);
      if (args.chart !== undefined) writeFileSync(args.chart, benchmarkChart(measured));
      if (args.docs === undefined) return;
      writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'benchmark', text));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
