/** Cold starts: fresh processes of workerd, with our onnxruntime and with npm's in turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics/percentile.ts';
import { askRightly, type Verification } from './verification.ts';
import { cpuMilliseconds } from './workerd-process.ts';
import { startWorkerd, type WorkerdServer } from './workerd-server.ts';

/** A start is over once the process has been idle for so long: its networks are made. */
const IDLE_MS = 400;
/** CPU that an idle process may take meanwhile: a tick of /proc. */
const IDLE_CPU_MS = 10;

/** Medians, in milliseconds. */
export interface ColdStart {
  /** CPU of a process until its networks are made, over that of a Worker that does nothing with the same files. */
  readonly startCpu: number;
  /** Time by the clock from the start of the process to its first answer, no pause between. */
  readonly toFirstAnswer: number;
  /** The same as CPU, over that of a Worker that does nothing with the same files. */
  readonly toFirstAnswerCpu: number;
  /** First and second request of a process whose networks are made, by the clock and as CPU. */
  readonly first: number;
  readonly firstCpu: number;
  readonly second: number;
  readonly secondCpu: number;
}

async function settle(pid: string): Promise<number> {
  for (let before = cpuMilliseconds(pid); ; ) {
    await sleep(IDLE_MS);
    const now = cpuMilliseconds(pid);
    if (now - before <= IDLE_CPU_MS) return now;
    before = now;
  }
}

/** A bundle, and one with the same files whose Worker does nothing; both absolute. */
interface Started {
  readonly bundle: string;
  readonly idle: string;
}

/**
 * @param bundles they take turns
 * @returns a cold start a bundle
 */
export async function coldStarts(
  bundles: readonly Started[],
  model: string,
  pair: Verification,
  rounds: number,
): Promise<ColdStart[]> {
  const idles = bundles.map((): number[] => []);
  const samples = bundles.map((): ColdStart[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { bundle, idle }] of bundles.entries()) {
      idles[i]?.push(await inProcess(startWorkerd(idle, model), ({ pid }) => settle(pid)));
      const hasty = await hurried(bundle, model, pair);
      const made = await inProcess(startWorkerd(bundle, model), async ({ url, pid }) => {
        const startCpu = await settle(pid);
        const first = await askRightly(url, pair);
        const afterFirst = cpuMilliseconds(pid);
        const second = await askRightly(url, pair);
        const firstCpu = afterFirst - startCpu;
        const secondCpu = cpuMilliseconds(pid) - afterFirst;
        return { startCpu, first, firstCpu, second, secondCpu };
      });
      samples[i]?.push({ ...hasty, ...made });
    }
  }
  return samples.map((list, i) => {
    const idleCpu = median(idles[i] as number[]);
    const of = (key: keyof ColdStart) => median(list.map((sample) => sample[key]));
    return {
      startCpu: of('startCpu') - idleCpu,
      toFirstAnswer: of('toFirstAnswer'),
      toFirstAnswerCpu: of('toFirstAnswerCpu') - idleCpu,
      first: of('first'),
      firstCpu: of('firstCpu'),
      second: of('second'),
      secondCpu: of('secondCpu'),
    };
  });
}

/** A request as soon as the process listens, as it comes to a new isolate. */
async function hurried(bundle: string, model: string, pair: Verification) {
  const start = performance.now();
  return inProcess(startWorkerd(bundle, model), async ({ url, pid }) => {
    await askRightly(url, pair);
    const toFirstAnswer = performance.now() - start;
    return { toFirstAnswer, toFirstAnswerCpu: cpuMilliseconds(pid) };
  });
}

async function inProcess<T>(
  starting: Promise<WorkerdServer>,
  use: (server: WorkerdServer) => Promise<T>,
): Promise<T> {
  const server = await starting;
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
