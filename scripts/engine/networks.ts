/** Networks, run in Node by the Worker's own runtime. */
import { readFileSync } from 'node:fs';
import type { FaceModels } from '../../worker/face/confirm.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { createNetwork, openNetwork } from '../../worker/runtime/onnx.ts';
import { compileDeployedRuntime, compileStockRuntime, loadSampler } from './modules.ts';
import { sha256 } from './sha256.ts';

export const MODEL_FOLDER = new URL('../../model/', import.meta.url);

export const DETECTOR = new URL('blazeface.onnx', MODEL_FOLDER);
export const LANDMARKER = new URL('facemesh.onnx', MODEL_FOLDER);

let runtime: WebAssembly.Module | undefined;

/**
 * Lets this process and the threads it starts run networks that are not deployed: teachers, or
 * fp32 files. Has to come before the first network; without it they meet the deployed runtime,
 * which has only the networks that it carries.
 */
export function useStockRuntime(): void {
  process.env.ONNXRUNTIME = 'stock'; // threads inherit the environment
}

export function loadNetwork(file: URL | string): Promise<Embedder> {
  if (process.env.ONNXRUNTIME === 'stock') {
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
