/** Networks, run in Node by the Worker's own runtime. */
import { readFileSync } from 'node:fs';
import type { FaceModels } from '../../worker/face/confirm.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { createNetwork, openNetwork } from '../../worker/runtime/onnx.ts';
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

let runtime: WebAssembly.Module | undefined;

/**
 * Lets this process and the threads it starts run networks that are not deployed: teachers, or
 * fp32 files. Has to come before the first network; without it they meet the deployed runtime,
 * which has only the networks that it carries.
 */
export function useStockRuntime(): void {
  process.env.ONNXRUNTIME = 'stock'; // threads inherit the environment
}

/** Digests of the runtime's files that embeddings depend on: npm's module, and the kernels that the deployed one has in its place. */
export function runtimeSha256(): string[] {
  const files = isStock() ? [STOCK_RUNTIME] : [STOCK_RUNTIME, ...KERNELS];
  return files.map((file) => sha256(file));
}

function isStock(): boolean {
  return process.env.ONNXRUNTIME === 'stock';
}

export function loadNetwork(file: URL | string): Promise<Embedder> {
  if (isStock()) {
    runtime ??= compileStockRuntime();
    return createNetwork(readFileSync(file), runtime);
  }
  runtime ??= compileDeployedRuntime();
  return openNetwork(sha256(file), runtime);
}

export async function loadFinder(): Promise<FaceModels> {
  return {
    detector: await loadNetwork(DETECTOR),
    landmarker: await loadNetwork(LANDMARKER),
    sampler: loadSampler(),
  };
}
