/**
 * Times of the pipeline's stages, in workerd and in Node: `npm run tool -- stages`.
 *
 * Milliseconds of CPU, which a busy machine changes less than those of a clock: the median of rounds
 * that take all stages in turn. In workerd a stage is many runs in one request.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { networksOf } from '../../worker/face/decision/cascade.ts';
import { cpuMilliseconds, workerdOf } from '../bench/workerd-process.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { type Server, startWrangler } from '../deploy/local-server.ts';
import { deployedModel, openModel } from '../engine/model-folder.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../engine/networks.ts';
import { table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { median } from '../statistics/percentile.ts';
import { STAGES, type StageName, stagesOf } from './stages.ts';

const FIXTURES = new URL('../../test/fixtures/faces/', import.meta.url);
const PICTURES = { '640x480': 'face-640x480.jpg', '12 MP': 'face-12mp.jpg' } as const;

/** V8 compiles what runs often a second time, better. */
const WARM_UP = 40;

/** CPU time that one round of a stage should take, in milliseconds: /proc counts in tens. */
const ROUND_MS = 250;
const MOST_RUNS = 5000;

/** Runs a stage so many times, and says how many milliseconds of CPU that took. */
type Run = (stage: StageName, runs: number) => Promise<number>;

async function medians(run: Run, rounds: number): Promise<Map<StageName, number>> {
  const runs = new Map<StageName, number>();
  for (const stage of STAGES) {
    const each = (await run(stage, WARM_UP)) / WARM_UP;
    runs.set(stage, Math.min(MOST_RUNS, Math.ceil(ROUND_MS / Math.max(each, 0.01))));
  }
  const times = new Map<StageName, number[]>(STAGES.map((stage) => [stage, []]));
  for (let round = 0; round < rounds; round++) {
    for (const stage of STAGES) {
      const count = runs.get(stage) as number;
      times.get(stage)?.push((await run(stage, count)) / count);
    }
  }
  return new Map([...times].map(([stage, list]) => [stage, median(list)]));
}

async function inNode(file: string, rounds: number): Promise<Map<StageName, number>> {
  const { fast, slow } = networksOf(deployedModel());
  const load = (name: string) => loadNetwork(openModel(name).network);
  const engine = {
    ...(await loadFaceModels()),
    codecs: compileCodecs(),
    embedder: await load(slow),
  };
  const first = fast === undefined ? undefined : await load(fast);
  const stages = await stagesOf(engine, readFileSync(new URL(file, FIXTURES)), first);
  return medians(async (stage, runs) => {
    const before = process.cpuUsage();
    for (let i = 0; i < runs; i++) await stages[stage]();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }, rounds);
}

async function inWorkerd(
  server: Server,
  file: string,
  rounds: number,
): Promise<Map<StageName, number>> {
  const body = Uint8Array.from(readFileSync(new URL(file, FIXTURES)));
  await ask(server, '/', { method: 'PUT', body });
  const workerd = workerdOf(server.pid);
  return medians(async (stage, runs) => {
    const before = cpuMilliseconds(workerd);
    await ask(server, `/?stage=${encodeURIComponent(stage)}&runs=${runs}`);
    return cpuMilliseconds(workerd) - before;
  }, rounds);
}

async function ask(server: Server, path: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(new URL(path, server.url), init);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
}

export default defineTool({
  name: 'stages',
  description: 'Time the stages of the pipeline, in workerd and in Node',
  args: {
    rounds: { type: 'string', valueHint: 'n', default: '7', description: 'Times of each stage' },
    docs: { type: 'string', valueHint: 'file', description: 'Whose stages block is refreshed' },
  },
  async run(args) {
    if (args.docs !== undefined) requireBlock(args.docs, 'stages');
    const rounds = wholeNumber(args.rounds, 'rounds');
    const columns: (readonly [string, Map<StageName, number>])[] = [];
    const server = await startWrangler('scripts/stages/stage-worker.ts');
    try {
      for (const [name, file] of Object.entries(PICTURES)) {
        columns.push([`${name}, workerd`, await inWorkerd(server, file, rounds)]);
      }
    } finally {
      await server.stop();
    }
    for (const [name, file] of Object.entries(PICTURES)) {
      columns.push([`${name}, Node`, await inNode(file, rounds)]);
    }
    const rows = STAGES.map((stage) => [
      stage,
      ...columns.map(([, times]) => (times.get(stage) as number).toFixed(2)),
    ]);
    const text = `Milliseconds of CPU a picture, by stage, for one face found at first sight and \`${deployedModel()}\`,
on ${cpus().length} cores of a shared ${cpus()[0]?.model.trim()}: medians of ${rounds} rounds that take all stages in turn
(\`npm run tool -- stages\`).

${table(['', ...columns.map(([name]) => name)], rows)}`;
    console.log(`\n${text}`);
    if (args.docs === undefined) return;
    writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'stages', text));
  },
});
