/** Latency, CPU and throughput of verifications in warm workerds that take turns. */
import { median } from '../statistics/percentile.ts';
import { type Times, timesOf } from './timing.ts';
import { askRightly, type Verification } from './verification.ts';
import { threadMilliseconds } from './workerd-process.ts';
import type { WorkerdServer } from './workerd-server.ts';

/** V8 compiles hot WebAssembly a second time, better: steady after some 400 runs of a network. */
const WARM_UP = 60;

/** Requests at once, and of how many in all the throughput is told. */
export const CONCURRENCIES = [1, 4, 16] as const;
const THROUGHPUT_REQUESTS = 48;

export interface WarmServer {
  readonly server: WorkerdServer;
  readonly kinds: readonly Verification[];
}

export interface Latency extends Times {
  /** Milliseconds of CPU of the whole process a request: the median. */
  readonly cpu: number;
}

export async function warmUp({ server, kinds }: WarmServer): Promise<void> {
  for (const [i, kind] of kinds.entries()) {
    for (let n = 0; n < (i === 0 ? WARM_UP : 5); n++) await askRightly(server.url, kind);
  }
}

/**
 * Every kind of request of every server, in rounds: one each a round, so that whatever else the machine
 * does is shared by all. Before a server's first one comes one that does not count, since the processor's caches are
 * full of the server before it.
 *
 * @returns for each server its kinds' latencies, in their order
 */
export async function latencies(warm: readonly WarmServer[], rounds: number): Promise<Latency[][]> {
  const samples = warm.map(({ kinds }) =>
    kinds.map(() => ({ times: [] as number[], cpu: [] as number[] })),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [s, { server, kinds }] of warm.entries()) {
      await askRightly(server.url, kinds[0] as Verification);
      for (const [k, kind] of kinds.entries()) {
        const sample = samples[s]?.[k] as { times: number[]; cpu: number[] };
        const before = threadMilliseconds(server.pid);
        sample.times.push(await askRightly(server.url, kind));
        sample.cpu.push(threadMilliseconds(server.pid) - before);
      }
    }
  }
  return samples.map((kinds) =>
    kinds.map(({ times, cpu }) => ({ ...timesOf(times), cpu: median(cpu) })),
  );
}

/** @returns verifications a second at each of `CONCURRENCIES` */
export async function throughputs(server: WorkerdServer, kind: Verification): Promise<number[]> {
  const found: number[] = [];
  for (const atOnce of CONCURRENCIES) {
    let left = THROUGHPUT_REQUESTS;
    const start = performance.now();
    const client = async () => {
      while (left-- > 0) await askRightly(server.url, kind);
    };
    await Promise.all(Array.from({ length: atOnce }, client));
    found.push((THROUGHPUT_REQUESTS * 1000) / (performance.now() - start));
  }
  return found;
}
