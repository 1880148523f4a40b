/** Memory of an isolate under pairs of 12 megapixels at once, by the inspector, with RSS beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PictureName, Pictures } from './bench-pictures.ts';
import { Inspector } from './inspector.ts';
import { ask, askRightly, pairOf, USUAL, type Verification } from './verification.ts';
import { peakMB, residentMB } from './workerd-process.ts';
import { startWorkerd } from './workerd-server.ts';

/** Requests at once. */
export const LOADS = [1, 8, 32] as const;
const LARGE: PictureName = '12 MP JPEG';
const PROGRESSIVE: PictureName = '12 MP progressive JPEG';

/** Usual pairs after the large ones, until what those took has to be given back. */
const AFTERWARDS = 80;
const SAMPLE_MS = 5;
const MB = 1024 * 1024;

/** Memory in MiB. */
export interface Memory {
  /** The isolate: V8's heap, array buffers, WebAssembly's memories. */
  readonly isolate: number;
  /** The part of it that is WebAssembly's memories. */
  readonly wasm: number;
  /** The whole process. */
  readonly resident: number;
}

export interface LoadedMemory extends Memory {
  readonly name: string;
  readonly right: number;
  readonly overloaded: number;
  /** Right answers a second. */
  readonly perSecond: number;
}

export interface IsolateMemory {
  /** Before the first request, networks made. */
  readonly idle: Memory;
  /** The most at each load. */
  readonly loads: readonly LoadedMemory[];
  /** After `AFTERWARDS` usual pairs, and a garbage collection. */
  readonly afterwards: Memory;
}

/** @throws Error for an answer that is neither right nor `overloaded` */
export async function isolateMemory(
  bundle: string,
  model: string,
  pictures: Pictures,
): Promise<IsolateMemory> {
  const server = await startWorkerd(bundle, model, { inspected: true });
  const { url, pid } = server;
  try {
    const inspector = await Inspector.connect(server.inspectorPort as number, 'visavis');
    const now = async (): Promise<Memory> => {
      const wasm = sum(await inspector.memories());
      const isolate = (await inspector.heapBytes()) + wasm;
      return { isolate: isolate / MB, wasm: wasm / MB, resident: residentMB(pid) };
    };
    const underLoad = async (name: string, pair: Verification, atOnce: number, times: number) => {
      const { heap, peak, milliseconds, answers } = await watched(inspector, pid, async () => {
        const client = async () => {
          const list = [];
          for (let i = 0; i < times; i++) list.push(await ask(url, pair));
          return list;
        };
        return (await Promise.all(Array.from({ length: atOnce }, client))).flat();
      });
      // WebAssembly's memories never shrink, so what they are now is the most they were.
      const wasm = sum(await inspector.memories());
      const right = answers.filter((answer) => answer.right).length;
      const overloaded = answers.filter(({ code }) => code === 'overloaded').length;
      if (right + overloaded < answers.length) throw new Error(`${name}: a wrong answer`);
      const perSecond = (right * 1000) / milliseconds;
      const most = { isolate: (heap + wasm) / MB, wasm: wasm / MB, resident: peak };
      return { name, right, overloaded, perSecond, ...most };
    };
    await sleep(1_000);
    const idle = await now();
    const large = pairOf(pictures, LARGE);
    const usual = pairOf(pictures, USUAL);
    for (let i = 0; i < 40; i++) await askRightly(url, usual);
    const loads: LoadedMemory[] = [];
    for (const atOnce of LOADS) {
      const times = atOnce === 1 ? 32 : 1;
      loads.push(await underLoad(`${atOnce}, baseline`, large, atOnce, times));
    }
    const progressive = pairOf(pictures, PROGRESSIVE);
    loads.push(await underLoad('8, progressive', progressive, 8, 1));
    loads.push(await underLoad('32, baseline, after progressive', large, 32, 1));
    for (let i = 0; i < AFTERWARDS; i++) await askRightly(url, usual);
    const afterwards = await now();
    inspector.close();
    return { idle, loads, afterwards };
  } finally {
    await server.stop();
  }
}

/** Runs something, and samples memory meanwhile, whenever the isolate gives its thread away. */
async function watched<T>(inspector: Inspector, pid: string, run: () => Promise<T>) {
  let heap = 0;
  let over = false;
  const sample = async () => {
    while (!over) {
      heap = Math.max(heap, await inspector.heapBytes());
      await sleep(SAMPLE_MS);
    }
  };
  const sampling = sample();
  try {
    const start = performance.now();
    const { peak, result } = await peakMB(pid, run);
    return { heap, peak, milliseconds: performance.now() - start, answers: result };
  } finally {
    over = true;
    await sampling;
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
