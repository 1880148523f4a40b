/** The WebAssembly modules that wrangler hands the Worker, compiled here for Node. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Codecs } from '../../worker/image/pixels.ts';
import { SimdSampler } from '../../worker/image/sampling/simd.ts';

const require = createRequire(import.meta.url);

/** @param path as an import would name it */
export function compileModule(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(require.resolve(path)));
}

/** @param path relative to this folder */
function compileFile(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(path, import.meta.url)));
}

/**
 * onnxruntime as it is deployed: it runs the networks of `model/` and no others (`npm run tool --
 * runtime`).
 */
export function compileDeployedRuntime(): WebAssembly.Module {
  return compileFile('../../worker/runtime/onnxruntime.wasm');
}

/** onnxruntime as npm has it: it runs any network. */
export function compileStockRuntime(): WebAssembly.Module {
  return compileModule('onnxruntime-web/ort-wasm-simd-threaded.wasm');
}

export function compileCodecs(): Codecs {
  return {
    jpeg: compileFile('../../worker/image/jpeg/libjpeg-turbo.wasm'),
    png: compileFile('../../worker/image/png/png.wasm'),
    webp: compileModule('@jsquash/webp/codec/dec/webp_dec.wasm'),
  };
}

/** The sampler as it is deployed. */
export function loadSampler(): SimdSampler {
  return new SimdSampler(compileFile('../../worker/image/sampling/sampling.wasm'));
}
