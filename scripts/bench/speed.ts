/**
 * Time of the int8 network beside that of the same one in fp32, in onnxruntime-web:
 * `npm run tool -- speed --fp32 FILE [--model NAME]`.
 *
 * Both run in turn, in one process of Node and in one isolate of workerd, on the stock runtime and
 * one crop; the ratio is that of the medians. In workerd clocks stand still, so the time is that of
 * requests which ask for many runs each.
 */
import { readFileSync } from 'node:fs';
import { defineTool } from '../define-tool.ts';
import { startWrangler } from '../deploy/local-server.ts';
import { MODEL_ARG, openModel } from '../runtime/model-folder.ts';
import { loadNetwork, useStockRuntime } from '../runtime/networks.ts';
import { runMany } from './run-many.ts';

const NAMES = ['int8', 'fp32'] as const;
type Name = (typeof NAMES)[number];

const ROUNDS = 15;
const RUNS = 30;
/** V8 compiles what runs often a second time, better: not before some hundred runs. */
const WARM_UP = 400;

async function compare(place: string, run: (name: Name, runs: number) => Promise<void>) {
  for (const name of NAMES) await run(name, WARM_UP);
  const times: Record<Name, number[]> = { int8: [], fp32: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of NAMES) {
      const start = performance.now();
      await run(name, RUNS);
      times[name].push((performance.now() - start) / RUNS);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] as number;
  const [int8, fp32] = [median(times.int8), median(times.fp32)];
  console.log(
    `${place}: int8 ${int8.toFixed(2)} ms, fp32 ${fp32.toFixed(2)} ms a crop: ` +
      `${(fp32 / int8).toFixed(2)} times as fast`,
  );
}

export default defineTool({
  name: 'speed',
  description: 'Compare the time of the int8 network with that of the same one in fp32',
  args: {
    fp32: { type: 'string', required: true, valueHint: 'file', description: 'The fp32 network' },
    model: MODEL_ARG,
  },
  async run({ fp32, model }) {
    const files = { int8: openModel(model).network, fp32 };
    useStockRuntime();
    const networks = {
      int8: await loadNetwork(files.int8),
      fp32: await loadNetwork(files.fp32),
    };
    await compare('Node', (name, runs) => runMany(networks[name], runs));

    const server = await startWrangler('scripts/bench/speed-worker.ts');
    try {
      for (const name of NAMES) {
        const made = await fetch(new URL(name, server.url), {
          method: 'PUT',
          body: Uint8Array.from(readFileSync(files[name])),
        });
        if (!made.ok) throw new Error(`the ${name} network could not be made: ${made.status}`);
      }
      await compare('workerd', async (name, runs) => {
        await fetch(new URL(`${name}?runs=${runs}`, server.url));
      });
    } finally {
      await server.stop();
    }
  },
});
