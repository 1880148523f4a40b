/** The WebAssembly modules that wrangler hands the Worker, compiled here for Node. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Codecs } from '../../worker/image/pixels.ts';
import { SimdSampler } from '../../worker/image/sampling/simd.ts';
import type { Format } from '../../worker/image/sniff.ts';

const require = createRequire(import.meta.url);

/** @param path as an import would name it */
export function compileModule(path: string): WebAssembly.Module {
  return compileFile(require.resolve(path));
}

function compileFile(file: string | URL): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(file));
}

/** @param path below `worker/` */
function inWorker(path: string): URL {
  return new URL(`../../worker/${path}`, import.meta.url);
}

/**
 * onnxruntime as it is deployed: it runs the networks of `model/` and no others (`npm run tool --
 * runtime`).
 */
export function compileDeployedRuntime(): WebAssembly.Module {
  return compileFile(inWorker('runtime/onnxruntime.wasm'));
}

/** File of onnxruntime as npm has it. */
export const STOCK_RUNTIME = require.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');

/** onnxruntime as npm has it: it runs any network. */
export function compileStockRuntime(): WebAssembly.Module {
  return compileFile(STOCK_RUNTIME);
}

/** Files of the codecs, as they are deployed. */
const CODEC_FILES: Readonly<Record<Format, string | URL>> = {
  jpeg: inWorker('image/jpeg/libjpeg-turbo.wasm'),
  png: inWorker('image/png/png.wasm'),
  webp: require.resolve('@jsquash/webp/codec/dec/webp_dec.wasm'),
};

/** The same, and the sampler's. */
export const PICTURE_FILES = {
  ...CODEC_FILES,
  sampling: inWorker('image/sampling/sampling.wasm'),
};

export function compileCodecs(): Codecs {
  const compiled = Object.entries(CODEC_FILES).map(([format, file]) => [format, compileFile(file)]);
  return Object.fromEntries(compiled);
}

/** The sampler as it is deployed. */
export function loadSampler(): SimdSampler {
  return new SimdSampler(compileFile(PICTURE_FILES.sampling));
}
