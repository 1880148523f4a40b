/** The WebAssembly modules that wrangler hands the Worker, compiled here for Node. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Codecs } from '../../worker/image/pixels.ts';

const require = createRequire(import.meta.url);

/** @param path as an import would name it */
export function compileModule(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(require.resolve(path)));
}

/** onnxruntime as it is deployed: it runs the networks of `model/` and no others (`npm run trim`). */
export function compileDeployedRuntime(): WebAssembly.Module {
  const file = new URL('../../worker/runtime/onnxruntime.wasm', import.meta.url);
  return new WebAssembly.Module(readFileSync(file));
}

/** onnxruntime as npm has it: it runs any network. */
export function compileStockRuntime(): WebAssembly.Module {
  return compileModule('onnxruntime-web/ort-wasm-simd-threaded.wasm');
}

export function compileCodecs(): Codecs {
  return {
    jpeg: compileModule('@cwasm/jpeg-turbo/jpeg-turbo.wasm'),
    webp: compileModule('@jsquash/webp/codec/dec/webp_dec.wasm'),
  };
}
