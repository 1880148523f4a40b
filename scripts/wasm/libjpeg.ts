/**
 * The libjpeg-turbo that the Worker carries, made from npm's `@cwasm/jpeg-turbo`: it tells every
 * warning of a picture, not the first alone (`npx tsx scripts/wasm/libjpeg.ts`).
 *
 * TurboJPEG keeps one text, and libjpeg gives it the first warning only (`emit_message`, jerror.c):
 * stray bytes that harm nothing would hide the damage behind them. In the changed module
 * `my_emit_message` (turbojpeg.c) writes each warning's text where the first would be and calls the
 * imported `longjmp` with its level, -1; and it does so, without a text, at each restart marker,
 * which libjpeg traces at level 3. A true `longjmp` has the value 1. No other byte changes.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, unsigned, WasmBinary } from './binary.ts';

const STOCK = createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm');
const STOCK_SHA256 = '80ed55eef2d0ff276f837ef521fad8181ccdfa6f298f652f6e45aed7fbbbc871';
const TARGET = new URL('../../worker/image/jpeg/libjpeg-turbo.wasm', import.meta.url);

/** Functions of this one build: eight imports come first. */
const IMPORTS = 8;
const LONGJMP = 1;
const MY_OUTPUT_MESSAGE = 213;
const MY_EMIT_MESSAGE = 214;

/**
 * `if (level < 0) { my_output_message(cinfo); longjmp(cinfo, level); }
 *  else if (level == 3) longjmp(cinfo, level);`
 */
const TELL = Uint8Array.of(0x20, 0, 0x20, 1, 0x10, LONGJMP); // local.get 0, local.get 1, call
const BODY = join([
  Uint8Array.of(0, 0x20, 1, 0x41, 0, 0x48, 0x04, 0x40), // local.get 1, i32.const 0, i32.lt_s, if
  Uint8Array.of(0x20, 0, 0x10), // local.get 0, call
  unsigned(MY_OUTPUT_MESSAGE),
  TELL,
  Uint8Array.of(0x05, 0x20, 1, 0x41, 3, 0x46, 0x04, 0x40), // else, local.get 1, i32.const 3, i32.eq, if
  TELL,
  Uint8Array.of(0x0b, 0x0b, 0x0b),
]);

/** @throws Error for any other build: its functions would be others */
export function tellWarnings(stock: Uint8Array): Uint8Array<ArrayBuffer> {
  if (createHash('sha256').update(stock).digest('hex') !== STOCK_SHA256) {
    throw new Error('not the build of @cwasm/jpeg-turbo that this was written for');
  }
  const binary = WasmBinary.parse(stock);
  return binary
    .withBodies(binary.bodies.map((body, i) => (i + IMPORTS === MY_EMIT_MESSAGE ? BODY : body)))
    .bytes();
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(TARGET, tellWarnings(readFileSync(STOCK)));
}
