/**
 * The libjpeg-turbo that the Worker carries, made from npm's `@cwasm/jpeg-turbo` (`npm run tool --
 * jpeg-kernels`): it has kernels in SIMD (`jpeg.c`), and tells every warning of a picture, not the
 * first alone.
 *
 * TurboJPEG keeps one text, and libjpeg gives it the first warning only (`emit_message`, jerror.c):
 * stray bytes that harm nothing would hide the damage behind them. In the changed module
 * `my_emit_message` (turbojpeg.c) writes each warning's text where the first would be and calls the
 * imported `longjmp` with its level, -1; and it does so, without a text, at each restart marker,
 * which libjpeg traces at level 3. A true `longjmp` has the value 1.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, unsigned, WasmBinary } from '../binary.ts';
import { I32, withFirst } from '../splice.ts';

const STOCK = createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm');
const STOCK_SHA256 = '80ed55eef2d0ff276f837ef521fad8181ccdfa6f298f652f6e45aed7fbbbc871';
const KERNELS = new URL('jpeg.wasm', import.meta.url);
const TARGET = new URL('../../../worker/image/jpeg/libjpeg-turbo.wasm', import.meta.url);

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
export function tellWarnings(stock: Uint8Array): WasmBinary {
  if (createHash('sha256').update(stock).digest('hex') !== STOCK_SHA256) {
    throw new Error('not the build of @cwasm/jpeg-turbo that this was written for');
  }
  const binary = WasmBinary.parse(stock);
  return binary.withBodies(
    binary.bodies.map((body, i) => (i + IMPORTS === MY_EMIT_MESSAGE ? BODY : body)),
  );
}

/** Functions of that build in whose place ours stand, which take and give the same. */
const REPLACED = { idct_2x2: 97, idct_4x4: 99, idct_8x8: 103 };
/** Functions that are asked only where ours answers 0, and the number of their parameters. */
const ASKED_FIRST = {
  ycc_rgb: { index: 82, parameters: 5 },
  upsample_2x2: { index: 166, parameters: 4 },
};

/** @param changed that build, with the warnings told */
export function withJpegKernels(changed: WasmBinary): WasmBinary {
  const ours = WasmBinary.parse(readFileSync(KERNELS));
  const bodies = changed.bodies;
  for (const [name, index] of Object.entries(REPLACED)) {
    bodies[index - IMPORTS] = ours.exportedBody(name);
  }
  return Object.entries(ASKED_FIRST).reduce(
    (binary, [name, { index, parameters }]) =>
      withFirst(
        binary,
        index - IMPORTS,
        new Array<number>(parameters).fill(I32),
        ours.exportedBody(name),
      ),
    changed.withBodies(bodies),
  );
}

/** The module that the Worker carries. */
export function carriedLibjpeg(): Uint8Array<ArrayBuffer> {
  return withJpegKernels(tellWarnings(readFileSync(STOCK))).bytes();
}

export function writeLibjpeg(): void {
  writeFileSync(TARGET, carriedLibjpeg());
}
