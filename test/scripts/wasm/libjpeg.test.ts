/** The libjpeg that is carried: npm's, with kernels of ours and its warnings told. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { encodeJpeg } from '../../../scripts/simulate/jpeg-encoder.ts';
import { WasmBinary } from '../../../scripts/wasm/binary.ts';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { JPEG } from '../../../scripts/wasm/jpeg/kernels.ts';
import {
  carriedLibjpeg,
  tellWarnings,
  withJpegKernels,
} from '../../../scripts/wasm/jpeg/libjpeg.ts';
import { openJpeg } from '../../../worker/image/jpeg/jpeg.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import { expectNoGlobals } from './globals.ts';

const require = createRequire(import.meta.url);
const stock = readFileSync(require.resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm'));
const carried = readFileSync(
  new URL('../../../worker/image/jpeg/libjpeg-turbo.wasm', import.meta.url),
);
const bodiesOf = (bytes: Uint8Array) => WasmBinary.parse(bytes).bodies;

describe('the carried module', () => {
  it('is what the script makes of it', () => {
    expect(carried.equals(carriedLibjpeg())).toBe(true);
  });

  it('has kernels of the source that is beside them', () => {
    const module = new WebAssembly.Module(readFileSync(JPEG.target));
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(JPEG));
  });

  it('differs in six functions, and has a former and a new one for two of them', () => {
    const [before, after] = [bodiesOf(stock), bodiesOf(carried)];
    const differing = before.filter((body, i) => !Buffer.from(body).equals(after[i] as Uint8Array));
    expect(differing.length).toBe(6);
    expect(after.length).toBe(before.length + 4);
  });

  it('has kernels that need nothing from outside, no stack and no other function', () => {
    const binary = WasmBinary.parse(readFileSync(JPEG.target));
    expect(WebAssembly.Module.imports(new WebAssembly.Module(binary.bytes()))).toEqual([]);
    expect(binary.bodies.length).toBe(5);
    expectNoGlobals(binary);
  });

  it('is not made of another build', () => {
    expect(() => tellWarnings(stock.subarray(1))).toThrow(/not the build/);
  });
});

describe('its kernels', () => {
  const plain = new WebAssembly.Module(tellWarnings(stock).bytes());
  const ours = new WebAssembly.Module(withJpegKernels(tellWarnings(stock)).bytes());

  const face = (name: string) =>
    Uint8Array.from(readFileSync(new URL(`../../fixtures/faces/${name}.jpg`, import.meta.url)));
  const pixels = (bytes: Uint8Array, module: WebAssembly.Module, denominator: Denominator) =>
    Buffer.from(openJpeg(bytes, module).pixels(denominator).rgb);

  function expectSame(jpeg: Uint8Array, what: string): void {
    for (const denominator of [1, 2, 4, 8] as const) {
      const [theirs, own] = [plain, ours].map((module) => pixels(jpeg, module, denominator));
      expect((theirs as Buffer).equals(own as Buffer), `${what} at 1/${denominator}`).toBe(true);
    }
  }

  it.each(['face-640x480', 'face-progressive', 'face-grey', 'face-dark', 'profile'])(
    'decode %s to the same bits at every size',
    (name) => expectSame(face(name), name),
  );

  it('are asked alone for an ordinary picture: the former functions are not called', () => {
    const { length } = bodiesOf(stock);
    const trap = Uint8Array.of(0, 0x00, 0x0b); // unreachable, end
    const bodies = bodiesOf(carried);
    for (const former of [length, length + 2]) bodies[former] = trap;
    const trapped = WasmBinary.parse(carried).withBodies(bodies).bytes();
    const picture = face('face-640x480');
    const decoded = pixels(picture, new WebAssembly.Module(trapped), 1);
    expect(decoded.equals(pixels(picture, plain, 1))).toBe(true);
    const narrow = { width: 12, height: 12, rgb: new Uint8Array(3 * 12 * 12).fill(90) };
    const small = Uint8Array.from(encodeJpeg(narrow, 90));
    expect(() => pixels(small, new WebAssembly.Module(trapped), 1)).toThrow();
  });

  it('decode noise to the same bits, which saturates every step, in any width', () => {
    let seed = 1;
    const noise = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 16) & 1 ? 255 : (seed >>> 17) & 255;
    };
    for (let width = 1; width <= 70; width++) {
      const height = 1 + (width % 37);
      const rgb = Uint8Array.from({ length: 3 * width * height }, noise);
      for (const quality of [5, 50, 100]) {
        const jpeg = Uint8Array.from(encodeJpeg({ width, height, rgb }, quality));
        expectSame(jpeg, `${width}x${height}, quality ${quality}`);
      }
    }
  });
});
