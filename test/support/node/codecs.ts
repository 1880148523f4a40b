/** The compiled codecs, as scripts and tests in Node get them. */
import { readFileSync } from 'node:fs';

const compile = (path: string) =>
  new WebAssembly.Module(readFileSync(new URL(`../../../${path}`, import.meta.url)));

export const codecs = {
  jpeg: compile('worker/image/jpeg/libjpeg-turbo.wasm'),
  png: compile('worker/image/png/png.wasm'),
  webp: compile('node_modules/@jsquash/webp/codec/dec/webp_dec.wasm'),
};
