/**
 * Time of an int8 network in onnxruntime-web: beside the same network in fp32, by npm's kernels and ours, `npm run
 * tool -- speed --fp32 FILE [--model NAME]`, or, without FILE, in the onnxruntime that is deployed beside npm's.
 *
 * Both sides run in turn, on one crop; the ratio is that of the medians. In workerd clocks stand still, so
 * the time is that of requests which ask for many runs each. An isolate holds one onnxruntime, so the two
 * are in a workerd each, and CPU time is compared.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cpuMilliseconds, workerdOf } from '../bench/workerd-process.ts';
import { defineTool } from '../define-tool.ts';
import { type Server, startWrangler } from '../deploy/local-server.ts';
import { MODEL_ARG, openModel } from '../engine/model-folder.ts';
import { loadNetwork, useStockRuntime } from '../engine/networks.ts';
import { sha256 } from '../engine/sha256.ts';
import { median } from '../statistics/percentile.ts';
import { kernelRuntime } from '../wasm/kernel-runtime.ts';
import { runMany } from './run-many.ts';

const WORKER = 'scripts/stages/speed-worker.ts';
const BUILT = new URL('../../dist/speed/', import.meta.url);
const ROUNDS = 15;
const RUNS = 30;
/** V8 compiles what runs often a second time, better: not before some hundred runs. */
const WARM_UP = 400;

/** Runs a network so many times, and says how many milliseconds that took. */
type Side = (runs: number) => Promise<number>;

/** @param sides two; the ratio is that of the second to the first */
async function compare(place: string, sides: Readonly<Record<string, Side>>): Promise<void> {
  const entries = Object.entries(sides).map(([name, run]) => ({
    name,
    run,
    times: [] as number[],
  }));
  for (const { run } of entries) await run(WARM_UP);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times } of entries) times.push((await run(RUNS)) / RUNS);
  }
  const medians = entries.map(({ times }) => median(times)) as [number, number];
  const told = entries.map(({ name }, i) => `${name} ${(medians[i] as number).toFixed(2)} ms`);
  const ratio = (medians[1] / medians[0]).toFixed(2);
  console.log(`${place}: ${told.join(', ')} a crop: ${ratio} times as fast`);
}

async function put(server: Server, name: string, file: string): Promise<void> {
  const body = Uint8Array.from(readFileSync(file));
  const url = new URL(`${name}?sha256=${sha256(file)}`, server.url);
  const made = await fetch(url, { method: 'PUT', body });
  if (!made.ok) throw new Error(`the ${name} network could not be made: ${made.status}`);
}

async function get(server: Server, name: string, runs: number): Promise<void> {
  const ran = await fetch(new URL(`${name}?runs=${runs}`, server.url));
  await ran.arrayBuffer();
  if (!ran.ok) throw new Error(`the ${name} network did not run: ${ran.status}`);
}

async function compareNetworks(int8: string, fp32: string): Promise<void> {
  useStockRuntime();
  const clocked = (run: (runs: number) => Promise<unknown>) => async (runs: number) => {
    const start = performance.now();
    await run(runs);
    return performance.now() - start;
  };
  const networks = { int8: await loadNetwork(int8), fp32: await loadNetwork(fp32) };
  await compare('Node', {
    int8: clocked((runs) => runMany(networks.int8, runs)),
    fp32: clocked((runs) => runMany(networks.fp32, runs)),
  });
  for (const [place, worker] of [
    ["workerd, npm's kernels", WORKER],
    ['workerd, the kernels that are deployed', kernelsWorker()],
  ] as const) {
    const server = await startWrangler(worker);
    try {
      await put(server, 'int8', int8);
      await put(server, 'fp32', fp32);
      await compare(place, {
        int8: clocked((runs) => get(server, 'int8', runs)),
        fp32: clocked((runs) => get(server, 'fp32', runs)),
      });
    } finally {
      await server.stop();
    }
  }
}

/** Entry point of a Worker that makes any network with the deployed kernels; the deployed runtime has its own alone. */
function kernelsWorker(): string {
  mkdirSync(BUILT, { recursive: true });
  writeFileSync(new URL('onnxruntime.wasm', BUILT), kernelRuntime().bytes());
  const entry = new URL('worker.ts', BUILT);
  writeFileSync(
    entry,
    `import runtime from './onnxruntime.wasm';
import { speedService } from '../../scripts/stages/speed-service.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';

export { Attempts, Gallery, GalleryDirectory } from '../../scripts/stages/speed-service.ts';

export default speedService((weights) => createNetwork(weights, runtime));
`,
  );
  return fileURLToPath(entry);
}

async function compareRuntimes(network: string): Promise<void> {
  const servers: Server[] = [];
  try {
    const start = async (runtime: string): Promise<Side> => {
      const server = await startWrangler(WORKER, '--var', `RUNTIME:${runtime}`);
      servers.push(server);
      await put(server, 'network', network);
      const pid = workerdOf(server.pid);
      return async (runs) => {
        const before = cpuMilliseconds(pid);
        await get(server, 'network', runs);
        return cpuMilliseconds(pid) - before;
      };
    };
    await compare('workerd, CPU', { ours: await start('deployed'), stock: await start('stock') });
  } finally {
    for (const server of servers) await server.stop();
  }
}

export default defineTool({
  name: 'speed',
  description: 'Compare the time of an int8 network: with fp32, or ours with the stock onnxruntime',
  args: {
    fp32: { type: 'string', valueHint: 'file', description: 'The same network in fp32' },
    model: MODEL_ARG,
  },
  async run({ fp32, model }) {
    const { network } = openModel(model);
    if (fp32 === undefined) await compareRuntimes(network);
    else await compareNetworks(network, fp32);
  },
});
