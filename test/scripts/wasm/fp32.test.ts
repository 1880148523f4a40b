/** The fp32 kernels that onnxruntime gets: what they give is what plain arithmetic does, but for rounding. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { WasmBinary } from '../../../scripts/wasm/binary.ts';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { FP32 } from '../../../scripts/wasm/fp32/kernels.ts';
import { withFp32Kernels } from '../../../scripts/wasm/fp32/splice.ts';
import { AT, expectNear, fill, floats, wasm } from './fp32-memory.ts';
import { expectNoGlobals } from './globals.ts';

const bytes = readFileSync(FP32.target);
const module = new WebAssembly.Module(bytes);
const CARRIED = new URL('../../../worker/runtime/onnxruntime.wasm', import.meta.url);

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly alpha?: number;
  readonly adds?: boolean;
}

/** Our product, asked for until no row is left, beside the plain one; a column to the right must stay. */
function products({ rows, columns, depth, alpha = 1, adds = false }: Product) {
  const [lda, ldc, panels] = [depth + 1, columns + 1, Math.ceil(columns / 16)];
  const a = fill(AT.a, rows * lda);
  const b = fill(AT.b, panels * depth * 16);
  const c = fill(AT.c, rows * ldc);
  const kernel = adds ? wasm.product_add : wasm.product_zero;
  let row = 0;
  while (row < rows) {
    const [from, to] = [AT.a + 4 * row * lda, AT.c + 4 * row * ldc];
    const done = kernel(from, AT.b, to, depth, rows - row, columns, lda, ldc, alpha);
    expect(done).toBeGreaterThan(0);
    row += done;
  }
  expect(row).toBe(rows);
  const plain = c.slice();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        const panel = Math.floor(j / 16) * 16 * depth;
        sum += (a[i * lda + k] as number) * (b[panel + k * 16 + (j % 16)] as number);
      }
      plain[i * ldc + j] = alpha * sum + (adds ? (c[i * ldc + j] as number) : 0);
    }
  }
  return { ours: floats(AT.c, c.length).slice(), plain };
}

describe('the product of fp32 matrices', () => {
  it('is right for rows, columns and depths that fill no block, written and added', () => {
    for (const rows of [1, 2, 3, 4, 5, 6, 7, 13]) {
      for (const columns of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 49]) {
        for (const depth of [1, 2, 3, 4, 5, 7, 64, 127]) {
          for (const adds of [false, true]) {
            const { ours, plain } = products({ rows, columns, depth, adds });
            expectNear(ours, plain, `${rows}x${columns}x${depth}`);
          }
        }
      }
    }
  });

  it('takes its factor', () => {
    const { ours, plain } = products({ rows: 7, columns: 21, depth: 30, alpha: -0.5, adds: true });
    expectNear(ours, plain, 'alpha');
  });
});

describe('the kernels', () => {
  it('are built from the source as it is (npm run tool -- fp32-kernels)', () => {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(FP32));
  });

  it('need nothing from outside, and call nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WasmBinary.parse(bytes).bodies.length).toBe(4);
    expectNoGlobals(WasmBinary.parse(bytes));
  });

  it('are in the onnxruntime that is carried (npm run tool -- runtime)', () => {
    const ours = WasmBinary.parse(bytes);
    const carried = readFileSync(CARRIED);
    for (const name of ['product_zero', 'product_add', 'convolution', 'max_pool']) {
      expect(carried.includes(Buffer.from(ours.exportedBody(name))), name).toBe(true);
    }
  });

  it('are put into no module in which their places are not found', () => {
    const jpeg = createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm');
    const other = WasmBinary.parse(readFileSync(jpeg));
    expect(() => withFp32Kernels(other)).toThrow('0 functions look like the fp32 product');
  });
});
