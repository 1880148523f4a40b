/** The fp32 kernels that onnxruntime gets: what they give is what plain arithmetic does, but for rounding. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { WasmBinary } from '../../../scripts/wasm/binary.ts';
import { SECTION, sourceSha256 } from '../../../scripts/wasm/clang.ts';
import { FP32 } from '../../../scripts/wasm/fp32/kernels.ts';
import { withFp32Kernels } from '../../../scripts/wasm/fp32/splice.ts';

const bytes = readFileSync(FP32.target);
const module = new WebAssembly.Module(bytes);
const CARRIED = new URL('../../../worker/runtime/onnxruntime.wasm', import.meta.url);

type Kernel = (...parameters: readonly number[]) => number;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly product_zero: Kernel;
  readonly product_add: Kernel;
  readonly depthwise: Kernel;
}

const wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
wasm.memory.grow(64);

/** Addresses, above the stack. */
const AT = { a: 0x30000, b: 0x80000, c: 0x100000, parameters: 0x20000, activation: 0x20100 };
const BUFFER = 0x200000;

const floats = (address: number, length: number) =>
  new Float32Array(wasm.memory.buffer, address, length);

let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) / 2 ** 23 - 1;
};
/** Random numbers there, and a copy of them. */
function fill(address: number, length: number): Float32Array {
  const numbers = Float32Array.from({ length }, random);
  floats(address, length).set(numbers);
  return numbers;
}

/** Sums of some hundred products of numbers below 1 differ by less. */
const ROUNDING = 1e-4;

function expectNear(ours: Float32Array, plain: Float32Array, what: string): void {
  const off = ours.findIndex((x, i) => !(Math.abs(x - (plain[i] as number)) < ROUNDING));
  expect(off, `${what}: ${ours[off]} is not ${plain[off]} at ${off}`).toBe(-1);
}

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

/** MLAS_ACTIVATION_KIND. */
const KIND = { identity: 0, relu: 1, tanh: 3, clip: 5 };

interface Convolution {
  readonly side?: number;
  readonly stride?: number;
  readonly height?: number;
  readonly width?: number;
  /** Top, left, bottom, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly activation?: keyof typeof KIND;
  readonly bias?: number;
  /** Words of MLAS_CONV_PARAMETERS set to another value, by their number. */
  readonly odd?: Readonly<Record<number, number>>;
  /** Outputs that are asked for, from which on. */
  readonly part?: readonly [first: number, count: number];
}

/** Our convolution of one channel beside the plain one; undefined where it declines. */
function convolutions(asked: Convolution) {
  const { side = 3, stride = 1, height = 9, width = 9, padding = [1, 1, 1, 1] } = asked;
  const { activation = 'identity', bias, odd = {}, part } = asked;
  const [top, left, bottom, right] = padding;
  const rows = Math.floor((height + top + bottom - side) / stride) + 1;
  const columns = Math.floor((width + left + right - side) / stride) + 1;
  const input = fill(AT.a, height * width);
  const filter = fill(AT.b, side * side);
  const before = fill(AT.c, rows * columns + 4);
  fill(BUFFER, rows * columns * side * side + 4); // whatever another group left there
  const words = new Uint32Array(wasm.memory.buffer);
  const parameters = [
    ...[AT.activation, 2, 1, 8, 1, 0], // dimensions, batch, groups, channels, channels last
    ...[height, width, 0, side, side, 0, 1, 1, 0], // input, kernel, dilation
    ...[...padding, 0, 0, stride, stride, 0], // strides
    ...[1, rows, columns, 0, height * width, rows * columns, side * side, 0], // filters, output, sizes, depth, beta
  ];
  for (const [at, value] of Object.entries(odd)) parameters[Number(at)] = value;
  words.set(parameters, AT.parameters / 4);
  words[AT.activation / 4] = KIND[activation];
  floats(AT.activation + 4, 2).set([-0.25, 0.75]);
  const biasAt = bias === undefined ? 0 : AT.activation + 16;
  if (bias !== undefined) floats(biasAt, 1)[0] = bias;
  const [first, count] = part ?? [0, rows * columns];
  const done = wasm.depthwise(
    ...[AT.parameters, AT.a, AT.b, biasAt, BUFFER, AT.c],
    ...[first, count],
  );
  const ours = floats(AT.c, before.length).slice();
  if (done === 0) {
    expect(ours).toEqual(before); // nothing was written
    return undefined;
  }
  const plain = before.slice();
  const within = (x: number) =>
    activation === 'relu' ? Math.max(x, 0) : Math.min(Math.max(x, -0.25), 0.75);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = bias ?? 0;
      for (let i = 0; i < side * side; i++) {
        const v = y * stride - top + Math.floor(i / side);
        const u = x * stride - left + (i % side);
        const inside = v >= 0 && v < height && u >= 0 && u < width;
        if (inside) sum += (filter[i] as number) * (input[v * width + u] as number);
      }
      plain[y * columns + x] = activation === 'identity' ? sum : within(sum);
    }
  }
  return { ours, plain };
}

describe('the depthwise convolution', () => {
  it('is right for every side, stride and padding that it takes', () => {
    const paddings: NonNullable<Convolution['padding']>[] = [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [0, 0, 1, 1],
      [2, 2, 2, 2],
      [1, 1, 2, 2],
    ];
    for (const side of [3, 5]) {
      for (const stride of [1, 2]) {
        for (const [height, width] of [
          [14, 14],
          [15, 13],
          [9, 28],
          [33, 24],
        ] as const) {
          for (const padding of paddings) {
            const asked = { side, stride, height, width, padding };
            const found = convolutions(asked);
            expect(found, JSON.stringify(asked)).toBeDefined();
            if (found) expectNear(found.ours, found.plain, JSON.stringify(asked));
          }
        }
      }
    }
  });

  it('adds the bias, and limits what comes out', () => {
    for (const activation of ['identity', 'relu', 'clip'] as const) {
      const found = convolutions({ activation, bias: 0.125, height: 8, width: 11 });
      if (found) expectNear(found.ours, found.plain, activation);
      expect(found).toBeDefined();
    }
  });

  it('declines what it does not know, and writes nothing', () => {
    const unknown: Convolution[] = [
      { activation: 'tanh' },
      { side: 7, padding: [3, 3, 3, 3] },
      { stride: 3 },
      { width: 3, height: 40 }, // too narrow for a vector
      { part: [9, 18] },
      ...[0, 1, 2, 3].map((at): Convolution => {
        const padding: [number, number, number, number] = [1, 1, 1, 1];
        padding[at] = 20; // more than the kernel is wide
        return { padding };
      }),
      ...[
        { 1: 3 }, // three dimensions
        { 3: 1 }, // one group
        { 4: 2 }, // two channels
        { 5: 1 }, // channels last
        { 10: 5 }, // a kernel that is not square
        { 13: 2 }, // dilation
        { 22: 2 }, // another stride across
        { 24: 2 }, // two filters
        { 31: 0x3f800000 }, // added to what is there
      ].map((odd) => ({ odd })),
    ];
    for (const asked of unknown) expect(convolutions(asked), JSON.stringify(asked)).toBeUndefined();
  });
});

describe('the kernels', () => {
  it('are built from the source as it is (npm run tool -- fp32-kernels)', () => {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    expect(new TextDecoder().decode(section)).toBe(sourceSha256(FP32));
  });

  it('need nothing from outside, and call nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WasmBinary.parse(bytes).bodies.length).toBe(3);
  });

  it('are in the onnxruntime that is carried (npm run tool -- runtime)', () => {
    const ours = WasmBinary.parse(bytes);
    const carried = readFileSync(CARRIED);
    for (const name of ['product_zero', 'product_add', 'depthwise']) {
      expect(carried.includes(Buffer.from(ours.exportedBody(name))), name).toBe(true);
    }
  });

  it('are put into no module in which their places are not found', () => {
    const jpeg = createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm');
    const other = WasmBinary.parse(readFileSync(jpeg));
    expect(() => withFp32Kernels(other)).toThrow('0 functions look like the fp32 product');
  });
});
