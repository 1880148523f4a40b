/** npm's onnxruntime-web with kernels of ours in place of its own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WasmBinary } from './binary.ts';
import { withFp32Kernels } from './fp32/splice.ts';
import { withInt8Kernels } from './int8/splice.ts';

export const STOCK_RUNTIME = createRequire(import.meta.url).resolve(
  'onnxruntime-web/ort-wasm-simd-threaded.wasm',
);

export function kernelRuntime(): WasmBinary {
  return withFp32Kernels(withInt8Kernels(WasmBinary.parse(readFileSync(STOCK_RUNTIME))));
}
