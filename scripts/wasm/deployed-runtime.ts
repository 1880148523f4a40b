/**
 * The onnxruntime that the Worker carries: `npm run tool -- runtime`. It is npm's module with kernels of ours
 * in place of its own (`fp32/`, `int8/`), with the deployed networks (`worker/runtime/models.ts`) made in it beforehand (`snapshot.ts`), and
 * without the functions that these never call (`trim.ts`): of 17,000 some 430 are left.
 *
 * Outputs are those of the stock module but for rounding (a test holds them against each other). To be run
 * again whenever a network is added or changed, or onnxruntime-web is updated; a network that is not in it
 * does not start.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import type { Tensor } from '../../worker/face/network.ts';
import { MODELS } from '../../worker/runtime/models.ts';
import { openNetwork, restoreRuntime } from '../../worker/runtime/onnx.ts';
import { Pool } from '../batch/pool.ts';
import { defineTool } from '../define-tool.ts';
import { DETECTOR, LANDMARKER, MODEL_FOLDER } from '../engine/networks.ts';
import { exportNames, PAGE } from './heap.ts';
import type { HeapTask, Made } from './heap-worker.ts';
import { kernelRuntime, STOCK_RUNTIME } from './kernel-runtime.ts';
import { withHeap } from './snapshot.ts';
import { trimmed } from './trim.ts';

const TARGET = new URL('../../worker/runtime/onnxruntime.wasm', import.meta.url);

/** Crops a run. The Worker asks for one; the larger ones make the memory grow, so that what does that is kept. */
const BATCHES = [1, 2, 64, 1, 5, 256];

/** A network, and the shapes of what it is given. */
interface Used {
  readonly weights: Uint8Array;
  readonly sha256: string;
  readonly inputs: readonly Tensor[];
}

function used(file: URL, inputs: readonly Tensor[]): Used {
  const weights = new Uint8Array(readFileSync(file));
  return { weights, sha256: createHash('sha256').update(weights).digest('hex'), inputs };
}

function networksInUse(): Used[] {
  const embedders = Object.keys(MODELS).map(
    (name) => new URL(`${name}/network.onnx`, MODEL_FOLDER),
  );
  const crops = BATCHES.map((count) => {
    const shape = [count, 3, CROP_HEIGHT, CROP_WIDTH];
    const size = count * 3 * CROP_HEIGHT * CROP_WIDTH;
    return { data: new Uint8Array(size).map((_, i) => (i * 7919) % 256), shape };
  });
  const square = (side: number) => ({
    data: new Float32Array(3 * side * side),
    shape: [1, 3, side, side],
  });
  return [
    used(DETECTOR, [square(128)]),
    used(LANDMARKER, [square(192)]),
    ...embedders.map((file) => used(file, crops)),
  ];
}

/** @returns what the thread made; it ends with its runtime */
async function makeInThread(task: HeapTask): Promise<Made> {
  const pool = new Pool<HeapTask, Made>(new URL('heap-worker.ts', import.meta.url), 1);
  try {
    let made: Made | undefined;
    await pool.map(
      [task],
      (only) => only,
      (_, result) => {
        made = result;
      },
    );
    return made as Made;
  } finally {
    await pool.close();
  }
}

/** Every network used in every way, before and after the heap is put back; and an error. */
async function exercise(runtime: WebAssembly.Module, networks: readonly Used[]): Promise<void> {
  const opened = await Promise.all(networks.map(({ sha256 }) => openNetwork(sha256, runtime)));
  for (let i = 0; i < 2; i++) {
    for (const [at, network] of opened.entries()) {
      for (const input of networks[at]?.inputs ?? []) await network.run(input);
      const wrong = { data: new Float32Array(4), shape: [1, 4] };
      await network.run(wrong).then(
        () => Promise.reject(new Error('an input of another shape was accepted')),
        () => undefined,
      );
    }
    restoreRuntime();
  }
}

async function makeRuntime(): Promise<void> {
  const networks = networksInUse();
  const binary = kernelRuntime();
  const weights = networks.map(({ weights }) => weights);
  const { heap, constructors } = await makeInThread({ module: binary.bytes(), weights });
  const handles = networks.map(({ sha256 }, i) => [sha256, heap.handles[i] as number] as const);
  const whole = withHeap(
    binary,
    heap,
    { ...exportNames(), constructors },
    { pages: heap.memory.length / PAGE, networks: Object.fromEntries(handles) },
  );
  const { binary: least, kept } = await trimmed(whole, (module) => exercise(module, networks));
  const bytes = least.bytes();
  new WebAssembly.Module(bytes); // throws when it is not valid
  writeFileSync(TARGET, bytes);
  const stock = readFileSync(STOCK_RUNTIME);
  const megabytes = ({ length }: Uint8Array) => `${(length / 1e6).toFixed(2)} MB`;
  console.log(
    `${kept} of ${binary.bodies.length} functions and ${networks.length} networks: ` +
      `${megabytes(bytes)}, gzip ${megabytes(gzipSync(bytes))}; npm's without networks ` +
      `${megabytes(stock)}, gzip ${megabytes(gzipSync(stock))}`,
  );
}

export default defineTool({
  name: 'runtime',
  description: "Make the Worker's onnxruntime: the deployed networks in it, and nothing unused",
  run: makeRuntime,
});
