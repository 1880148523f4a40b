/** The compiled codecs, as scripts and tests in Node get them. */
import { readFileSync } from 'node:fs';

const compile = (path: string) =>
  new WebAssembly.Module(readFileSync(new URL(`../../../node_modules/${path}`, import.meta.url)));

export const codecs = {
  jpeg: compile('@cwasm/jpeg-turbo/jpeg-turbo.wasm'),
  webp: compile('@jsquash/webp/codec/dec/webp_dec.wasm'),
};
