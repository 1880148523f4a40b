/** The WebAssembly modules that wrangler hands the Worker, compiled here for Node. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Codecs } from '../../worker/face/pixels.ts';

const require = createRequire(import.meta.url);

/** @param path as an import would name it */
export function compileModule(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(require.resolve(path)));
}

export function compileRuntime(): WebAssembly.Module {
  return compileModule('onnxruntime-web/ort-wasm-simd-threaded.wasm');
}

export function compileCodecs(): Codecs {
  return {
    jpeg: compileModule('@cwasm/jpeg-turbo/jpeg-turbo.wasm'),
    png: compileModule('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'),
    webp: compileModule('@jsquash/webp/codec/dec/webp_dec.wasm'),
  };
}
