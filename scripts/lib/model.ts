/** Networks of the `model/` folder, run in Node by the Worker's own runtime. */
import { readFileSync } from 'node:fs';
import type { Network } from '../../worker/face/network.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import { compileRuntime } from './wasm.ts';

const MODEL_FOLDER = new URL('../../model/', import.meta.url);

export const DETECTOR = new URL('blazeface.onnx', MODEL_FOLDER);

let runtime: WebAssembly.Module | undefined;

export function loadNetwork(file: URL | string): Promise<Network> {
  runtime ??= compileRuntime();
  return createNetwork(readFileSync(file), runtime);
}

export function loadDetector(): Promise<Network> {
  return loadNetwork(DETECTOR);
}
