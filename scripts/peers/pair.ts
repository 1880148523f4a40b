/**
 * Time of a comparison beside other libraries: `npm run tool -- pair`, from the bytes of two JPEGs to
 * a distance, on one thread of WebAssembly.
 *
 * Every pipeline has a process of its own; they take turns, so that whatever else the machine does is
 * shared by all. A turn is two comparisons: the first finds the caches emptied by the others, the second is
 * warm. The ratio is that of the medians of CPU time. The peers need TensorFlow.js in NODE_PATH
 * (`face-api.ts`, `human.ts`).
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findRate } from '../../worker/face/decision/calibration.ts';
import { cascadeName } from '../../worker/face/decision/cascade.ts';
import { MODELS } from '../../worker/runtime/models.ts';
import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { shippedCascades } from '../engine/cascade-folder.ts';
import { openModel, readCalibration } from '../engine/model-folder.ts';
import { Mistake } from '../mistake.ts';
import { barsSvg } from '../report/bars.ts';
import { table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import { random, shuffled } from '../statistics/intervals.ts';
import { median } from '../statistics/percentile.ts';
import { VARIANTS } from './face-api.ts';
import { DEFERRED, MIRRORS } from './pair-name.ts';
import type { PairTime } from './pair-process.ts';

const PEERS: Readonly<Record<string, string>> = {
  tiny: `@vladmandic/face-api, ${VARIANTS.tiny}`,
  default: `@vladmandic/face-api, ${VARIANTS.default}`,
  human: '@vladmandic/human: detector, mesh and description alone',
};

async function start(name: string, execPath: string): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('pair-process.ts', import.meta.url));
  const child = fork(file, [name], { execPath, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await messageOf(child);
  return child;
}

/** Times of a turn. */
interface Turn {
  /** The comparison that comes after those of others. */
  readonly first: PairTime;
  /** The one that comes straight after it. */
  readonly warm: PairTime;
}

async function takeTurn(child: ChildProcess): Promise<Turn> {
  return { first: await compare(child), warm: await compare(child) };
}

async function compare(child: ChildProcess): Promise<PairTime> {
  child.send('compare');
  return (await messageOf(child)) as PairTime;
}

/** @throws Error where the process ends instead; it has said why */
async function messageOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`a process ended: ${child.spawnargs.at(-1)}`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** Bars of CPU time, the shortest first. */
function chart(rows: readonly (readonly [name: string, cpu: number])[]): string {
  const bars = [...rows]
    .sort((a, b) => a[1] - b[1])
    .map(([name, cpu]) => ({
      label: (PEERS[name] ?? `visavis, ${name}`).split(':')[0] as string,
      value: cpu,
      text: `${cpu.toFixed(0)} ms`,
      series: name in PEERS ? 1 : 0,
    }));
  return barsSvg({ title: 'CPU of a pair of pictures, by library', groups: [bars] });
}

/** Rate that the averages are of: the one that is asked for by default. */
const AVERAGE_FAR = 1e-3;

/** Shares of the pairs of one person that are deferred, and whose mirror images are embedded. */
function sharesOfGenuine(cascade: CascadeFile): readonly [deferred: number, mirrored: number] {
  const rate = findRate(cascade, AVERAGE_FAR);
  if (rate?.mirrored === undefined) throw new Mistake(`a cascade has no rate of ${AVERAGE_FAR}`);
  return [rate.deferred.genuine, rate.mirrored.genuine];
}

const whenDeferred = (name: string) => `${name} ${DEFERRED}`;
const withMirrors = (name: string) => `${name} ${MIRRORS}`;

/** Networks with early exit, and the share of the pairs of one person whose mirror images they embed. */
function exitingModels(): Map<string, number> {
  return new Map(
    Object.keys(MODELS).flatMap((name): [string, number][] => {
      const calibration = readCalibration(openModel(name)) as CalibrationFile | undefined;
      const exit = calibration?.earlyExit;
      return exit === undefined ? [] : [[name, exit.mirrored.genuine]];
    }),
  );
}

/** Times that all processes are started: one can be a tenth slower than the next, all along. */
const LAUNCHES = 3;

/** Turns of all, each in a process of its own, after so many rounds to warm up. */
async function timesOf(
  names: readonly string[],
  run: {
    readonly node: string;
    readonly warmUp: number;
    readonly rounds: number;
    readonly seed: number;
  },
): Promise<Turn[][]> {
  const children: ChildProcess[] = [];
  const turns: Turn[][] = names.map(() => []);
  try {
    for (const name of names) children.push(await start(name, run.node));
    const next = random(run.seed);
    for (let round = 0; round < run.warmUp + run.rounds; round++) {
      // Order drawn anew each round: whoever comes after the largest finds the caches emptied.
      for (const i of shuffled(children.length, next)) {
        const turn = await takeTurn(children[i] as ChildProcess);
        if (round >= run.warmUp) turns[i]?.push(turn);
      }
    }
  } finally {
    for (const child of children) child.kill();
  }
  return turns;
}

export default defineTool({
  name: 'pair',
  description: 'Time a comparison beside face-api and human, in processes that take turns',
  args: {
    rounds: {
      type: 'string',
      valueHint: 'n',
      default: '20',
      description: 'Turns of each process',
    },
    'warm-up': { type: 'string', valueHint: 'n', default: '15', description: 'Those before' },
    node: {
      type: 'string',
      valueHint: 'file',
      default: process.execPath,
      description: "Node's executable that all run in: what V8 makes of WebAssembly differs",
    },
    docs: { type: 'string', valueHint: 'file', description: 'Whose pair block is refreshed' },
    chart: { type: 'string', valueHint: 'file.svg', description: 'Where the chart is written' },
  },
  async run(args) {
    if (args.docs !== undefined) requireBlock(args.docs, 'pair');
    const rounds = wholeNumber(args.rounds, 'rounds');
    const warmUp = wholeNumber(args['warm-up'], 'warm-up');
    const exiting = exitingModels();
    // The deployed one: each process more empties the caches of all others.
    const [cascade] = shippedCascades() as [CascadeFile];
    const both = cascadeName(cascade);
    const [deferred, mirrored] = sharesOfGenuine(cascade);
    const variants = [whenDeferred(both), ...[both, ...exiting.keys()].map(withMirrors)];
    const alone = Object.keys(MODELS).filter((name) => name !== cascade.fast);
    const names = [both, ...alone, ...variants, ...Object.keys(PEERS)];
    const launches: Turn[][][] = [];
    for (let seed = 1; seed <= LAUNCHES; seed++) {
      launches.push(await timesOf(names, { node: args.node, warmUp, rounds, seed }));
    }
    const turns = names.map((_, i) => launches.flatMap((launch) => launch[i] as Turn[]));
    const cpu = turns.map((list) => median(list.map(({ warm }) => warm.cpu)));
    const clock = turns.map((list) => median(list.map(({ warm }) => warm.clock)));
    const first = turns.map((list) => median(list.map((turn) => turn.first.cpu)));
    const at = (list: readonly number[], name: string) => list[names.indexOf(name)] as number;
    const row = (name: string, of: (list: readonly number[]) => number) => [
      name,
      (of(cpu) / at(cpu, 'tiny')).toFixed(2),
      of(cpu).toFixed(1),
      of(clock).toFixed(1),
      of(first).toFixed(1),
      (of(first) / at(first, 'tiny')).toFixed(2),
    ];
    /** Mean over pairs of which these shares ask the slow network, and look at mirror images. */
    const onAverage = (list: readonly number[]) => {
      const [sure, asked] = [at(list, both), at(list, whenDeferred(both))];
      const all = at(list, withMirrors(both));
      return sure + deferred * (asked - sure) + mirrored * (all - asked);
    };
    const rows = [
      row(`**${both}**, a pair of one person on average`, onAverage),
      ...[...exiting].map(([name, share]) =>
        row(
          `**${name}**, a pair of one person on average`,
          (list) => at(list, name) + share * (at(list, withMirrors(name)) - at(list, name)),
        ),
      ),
      ...names.map((name) => row(PEERS[name] ?? `**${name}**, ours`, (list) => at(list, name))),
    ];
    const version = execFileSync(args.node, ['--version'], { encoding: 'utf8' }).trim();
    const other = args.node === process.execPath ? '' : ' --node FILE';
    const text = `A pair of 640x480 JPEGs from bytes to a distance, in Node ${version}, on ${cpus().length} cores of a shared ${cpus()[0]?.model.trim()}:
medians of ${LAUNCHES} times ${rounds} rounds in which all take turns, in another order each, by processes started anew (\`npm run tool -- pair --rounds ${rounds}${other}\`). CPU time is the figure to
compare, since other work shared the machine. A turn is two comparisons: "after others" is the first, which finds the caches of the processor emptied; all else is the second, a warm one. "${DEFERRED}": a pair that the fast network defers (docs/cascade.md). "${MIRRORS}": one
of which the crops leave open who it is, so that their mirror images are embedded too. "On average": asked at ${AVERAGE_FAR.toExponential()}.

${table(
  [
    '',
    `CPU, over that of face-api's fastest`,
    'ms of CPU',
    'ms by the clock',
    'ms of CPU after others',
    "CPU after others, over face-api's",
  ],
  rows,
)}`;
    console.log(text);
    if (args.chart !== undefined) {
      writeFileSync(args.chart, chart(names.map((name, i) => [name, cpu[i] as number])));
    }
    if (args.docs === undefined) return;
    writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'pair', text));
  },
});
