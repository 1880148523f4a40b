/** Networks, run in Node by the Worker's own runtime. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FaceModels } from '../../worker/face/detection/confirm.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { carriesNetwork, createNetwork, openNetwork } from '../../worker/runtime/onnx.ts';
import {
  compileDeployedRuntime,
  compileStockRuntime,
  loadSampler,
  STOCK_RUNTIME,
} from './modules.ts';
import { sha256 } from './sha256.ts';

export const MODEL_FOLDER = new URL('../../model/', import.meta.url);

export const DETECTOR = new URL('blazeface.onnx', MODEL_FOLDER);
export const LANDMARKER = new URL('facemesh.onnx', MODEL_FOLDER);

/** Kernels spliced into the deployed runtime (`npm run tool -- runtime`). */
const KERNELS = ['int8/int8.wasm', 'fp32/fp32.wasm'].map(
  (file) => new URL(`../wasm/${file}`, import.meta.url),
);

/** The runtime of this thread, once a network is opened. */
let runtime: WebAssembly.Module | undefined;

let deployed: WebAssembly.Module | undefined;

function deployedRuntime(): WebAssembly.Module {
  deployed ??= compileDeployedRuntime();
  return deployed;
}

/**
 * Lets this process and the threads it starts run networks that are not deployed: teachers, or
 * fp32 files. Has to come before the first network.
 */
export function useStockRuntime(): void {
  process.env.ONNXRUNTIME = 'stock'; // threads inherit the environment
}

/**
 * Stock runtime for this thread where the deployed one lacks one of these networks, with a line on stderr that says
 * so. Outputs of the two runtimes are the same but for rounding.
 */
export function chooseRuntimeFor(files: readonly (URL | string)[]): void {
  if (isStock()) return;
  const missing = files.find((file) => !carriesNetwork(sha256(file), deployedRuntime()));
  if (missing === undefined) return;
  useStockRuntime();
  const name = missing instanceof URL ? fileURLToPath(missing) : missing;
  console.error(`${name} is not in the deployed onnxruntime: the stock onnxruntime runs it`);
}

/** Digests of the runtime's files that embeddings depend on: npm's module, and the kernels that the deployed one has in its place. */
export function runtimeSha256(): string[] {
  const files = isStock() ? [STOCK_RUNTIME] : [STOCK_RUNTIME, ...KERNELS];
  return files.map((file) => sha256(file));
}

function isStock(): boolean {
  return process.env.ONNXRUNTIME === 'stock';
}

/**
 * Network of a file. The first one of a thread chooses its runtime.
 *
 * @throws Error where the deployed runtime was chosen and does not carry the network
 */
export function loadNetwork(file: URL | string): Promise<Embedder> {
  if (runtime === undefined) chooseRuntimeFor([file]);
  if (isStock()) {
    runtime ??= compileStockRuntime();
    return createNetwork(readFileSync(file), runtime);
  }
  runtime ??= deployedRuntime();
  return openNetwork(sha256(file), runtime);
}

export async function loadFaceModels(): Promise<FaceModels> {
  return {
    detector: await loadNetwork(DETECTOR),
    landmarker: await loadNetwork(LANDMARKER),
    sampler: loadSampler(),
  };
}
