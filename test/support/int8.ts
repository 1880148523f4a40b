/**
 * Tests of the int8 kernels that onnxruntime gets: their bits are those of plain integer arithmetic. They are
 * run in Node and in workerd, whose V8 takes other instructions where the processor has them.
 */
import { describe, expect, it } from 'vitest';

interface Exports {
  readonly memory: WebAssembly.Memory;
  product(shape: number, matrices: number, m0: number, m: number, n0: number, n: number): number;
  requantize(...parameters: readonly number[]): void;
  add(helper: number): number;
}

/** Addresses, above the stack. */
const AT = {
  shape: 0x20000,
  matrices: 0x20040,
  zero: 0x20080,
  a: 0x30000,
  b: 0x80000,
  c: 0x100000,
};
const OUT = 0x200000;

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly zero?: number;
  readonly accumulates?: boolean;
  /** Bytes of A and weights of B by where they stand; random ones of the full range where it is left out. */
  readonly a?: (row: number, depth: number) => number;
  readonly b?: (depth: number, column: number) => number;
  /** First row and column of the part that is asked for. */
  readonly first?: readonly [row: number, column: number];
  /** Bytes set to another value: what the function does not know. */
  readonly odd?: Partial<Record<'aSigned' | 'bUnsigned' | 'packed' | 'columnZeros' | 'zeroB', 1>>;
}

/** @param module `int8.wasm` */
export function testInt8Kernels(module: WebAssembly.Module): void {
  const wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
  wasm.memory.grow(64);
  const memory = () => wasm.memory.buffer;

  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };

  /** Our product beside the plain one, undefined where it declines. */
  function products(asked: Product): { ours: number[]; plain: number[] } | undefined {
    const {
      rows,
      columns,
      depth,
      zero = 128,
      accumulates = false,
      a: bytes = () => random(256),
      b: weights = () => random(256),
      first = [0, 0],
      odd = {},
    } = asked;
    const [m0, n0] = first;
    const width = n0 + columns;
    const u8 = new Uint8Array(memory());
    const matrix = (height: number, across: number, of: (row: number, column: number) => number) =>
      Uint8Array.from({ length: height * across }, (_, i) =>
        of(Math.trunc(i / across), i % across),
      );
    const a = matrix(m0 + rows, depth, bytes);
    const b = matrix(depth, width, weights);
    const c = new Int32Array(memory(), AT.c, (m0 + rows) * width).map(() => random(1e6));
    u8.set(a, AT.a);
    u8.set(b, AT.b);
    new Int32Array(memory()).set(c, AT.c / 4);
    const flags = [odd.aSigned ?? 0, odd.bUnsigned ? 0 : 1, accumulates ? 1 : 0];
    const words = new Uint32Array(memory());
    words.set([m0 + rows, width, depth], AT.shape / 4);
    u8.set(flags, AT.shape + 12);
    u8[AT.zero] = odd.zeroB ?? 0;
    words.set([AT.a, depth, 0, AT.b, width, AT.zero, 0, AT.c, width, 0], AT.matrices / 4);
    u8[AT.matrices + 8] = zero;
    u8.set([odd.packed ?? 0, odd.columnZeros ?? 0], AT.matrices + 24);
    const done = wasm.product(AT.shape, AT.matrices, m0, rows, n0, columns);
    const ours = [...new Int32Array(memory(), AT.c, c.length)];
    if (done === 0) {
      expect(ours).toEqual([...c]); // nothing was written
      return undefined;
    }
    const plain = [...c];
    for (let i = m0; i < m0 + rows; i++) {
      for (let j = n0; j < width; j++) {
        let sum = accumulates ? (c[i * width + j] as number) : 0;
        for (let k = 0; k < depth; k++) {
          const signed = ((b[k * width + j] as number) << 24) >> 24;
          sum += ((a[i * depth + k] as number) - zero) * signed;
        }
        plain[i * width + j] = sum;
      }
    }
    return { ours, plain };
  }

  describe('the product of int8 matrices', () => {
    const exact = (asked: Product, of: string): void => {
      const found = products(asked) as NonNullable<ReturnType<typeof products>>;
      expect(found.ours, of).toEqual(found.plain);
    };

    for (const [weights, b] of [
      ['of the full range', undefined],
      ['whose products fit in 16 bits', () => random(63) - 31],
    ] as const) {
      it(`is exact for rows, columns and depths that fill no block, of weights ${weights}`, () => {
        for (const rows of [1, 3, 4, 5, 7, 10, 21, 23, 25, 26, 29, 30, 31, 49]) {
          for (const columns of [1, 4, 7, 8, 9, 63, 65, 80]) {
            for (const depth of [1, 2, 3, 7, 8, 9, 12, 127, 128, 129, 288]) {
              exact({ rows, columns, depth, ...(b && { b }) }, `${rows}x${columns}x${depth}`);
            }
          }
        }
      });
    }

    it('is exact where weights just fit in 16 bits, and where they just do not', () => {
      const shape = { rows: 7, columns: 21, depth: 48, a: () => 255 };
      for (const sign of [1, -1]) {
        for (const column of [0, 15, 16, 20]) {
          for (let depth = 0; depth < shape.depth; depth++) {
            // Sums of this one and three others of the column.
            for (const sum of [126, 127, 128, 129]) {
              const b = (k: number, j: number) =>
                k === depth && j === column ? sign * (sum - 3 * 31) : sign * 31;
              exact({ ...shape, b }, `${sign * sum} at ${depth}, ${column}`);
            }
            const least = (k: number, j: number) => (k === depth && j === column ? -128 : -10);
            exact({ ...shape, depth: 43, b: least }, `-128 at ${depth}, ${column}`);
          }
        }
      }
      // Four weights of a column, each way to choose them among those of eight depths.
      for (let chosen = 0; chosen < 256; chosen++) {
        for (const sign of [1, -1]) {
          const b = (k: number) => ((chosen >> (k % 8)) & 1 ? sign * 64 : 0);
          exact({ ...shape, rows: 2, columns: 3, depth: 16, b }, `${sign}, ${chosen}`);
        }
      }
    });

    it('is exact for every zero, added to what was there, and in a part of the matrix', () => {
      for (const b of [undefined, () => random(63) - 31]) {
        const weights = b && { b };
        for (const zero of [0, 1, 127, 255]) {
          for (const depth of [131, 132, 300]) {
            const asked = { rows: 26, columns: 37, depth, zero, accumulates: true, ...weights };
            exact(asked, `${zero}, ${depth}`);
          }
        }
        for (const [rows, columns, depth] of [
          [5, 10, 33],
          [26, 33, 36],
        ] as const) {
          exact({ rows, columns, depth, first: [3, 9], ...weights }, `${rows}x${columns}x${depth}`);
        }
      }
      // Weights that do not fit in 16 bits, in the last column of the part alone, and outside of it alone.
      for (const b of [
        (_: number, j: number) => (j === 41 ? -64 : 0),
        (_: number, j: number) => (j < 9 ? -64 : 31),
      ]) {
        exact({ rows: 5, columns: 33, depth: 48, first: [3, 9], a: () => 255, b }, `${b}`);
      }
    });

    it('declines what it does not know, and writes nothing', () => {
      for (const odd of ['aSigned', 'bUnsigned', 'packed', 'columnZeros', 'zeroB'] as const) {
        expect(products({ rows: 4, columns: 8, depth: 8, odd: { [odd]: 1 } }), odd).toBeUndefined();
      }
    });
  });

  /** Our bytes beside plain ones, by onnxruntime's rule: clamp, then round half to even. */
  function requantized(columns: number, zero: number, scales: number, hasBias: boolean) {
    const rows = 3;
    const sums = Int32Array.from({ length: rows * columns }, () => random(60_000) - 30_000);
    // Halves, which tell one rounding from another.
    const scale = Float32Array.from({ length: scales }, (_, i) =>
      i % 3 === 0 ? 0.5 : 0.0117 + i / 1e4,
    );
    const bias = Int32Array.from({ length: columns }, () => random(2_000) - 1_000);
    if (scale[0] === 0.5) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) % 300;
    new Int32Array(memory()).set(sums, AT.a / 4);
    new Int32Array(memory()).set(bias, AT.b / 4);
    new Float32Array(memory()).set(scale, AT.c / 4);
    const biasAt = hasBias ? AT.b : 0;
    wasm.requantize(AT.a, OUT, biasAt, AT.c, scales > 1 ? 1 : 0, zero, rows, columns);
    const ours = [...new Uint8Array(memory(), OUT, sums.length)];
    const plain = [...sums].map((sum, i) => {
      const n = i % columns;
      const total = sum + (hasBias ? (bias[n] as number) : 0);
      const factor = scale[scales > 1 ? n : 0] as number;
      const scaled = Math.fround(Math.fround(total) * factor);
      const clamped = Math.min(255 - zero, Math.max(-zero, scaled));
      const floor = Math.floor(clamped);
      const up = clamped - floor > 0.5 || (clamped - floor === 0.5 && floor % 2 !== 0);
      return floor + (up ? 1 : 0) + zero;
    });
    return { ours, plain };
  }

  describe('requantization', () => {
    it('gives the bytes of the plain rule for every width, with one scale and one a column', () => {
      for (const columns of [1, 2, 3, 4, 5, 15, 16, 17, 31, 36, 128]) {
        for (const zero of [0, 1, 128, 255]) {
          for (const scales of [1, columns]) {
            for (const hasBias of [false, true]) {
              const { ours, plain } = requantized(columns, zero, scales, hasBias);
              expect(ours, `${columns}, ${zero}, ${scales}, ${hasBias}`).toEqual(plain);
            }
          }
        }
      }
    });
  });

  interface Sum {
    readonly length: number;
    readonly zeros?: readonly [first: number, second: number, result: number];
    /** Address of the result: behind the tensors, in the place of the first, or within it. */
    readonly result?: number;
    /** Scales of the first, the second and the result. Default: by which sums end in halves. */
    readonly scales?: readonly [number, number, number];
    /** Words of the helper set to another value, by their number. */
    readonly odd?: Readonly<Record<number, number>>;
  }

  /** Our sum beside the plain one, by onnxruntime's rule; undefined where it declines. */
  function sums(asked: Sum) {
    const { length, zeros = [128, 3, 140], result = AT.c, odd = {} } = asked;
    const [tensors, out] = [AT.shape + 0x100, AT.shape + 0x300];
    const u8 = new Uint8Array(memory());
    const words = new Uint32Array(memory());
    const [a, b] = [AT.a, AT.b].map((at) => {
      const bytes = Uint8Array.from({ length }, () => random(256));
      u8.set(bytes, at);
      return bytes;
    }) as [Uint8Array, Uint8Array];
    const scales = Float32Array.from(asked.scales ?? [0.5, 0.25, 1]);
    const helper = [tensors, out, 0, 0, 0, 0, 0, length, 0, length, 0, length, 0];
    for (const [at, value] of Object.entries(odd)) helper[Number(at)] = value;
    words.set(helper, AT.shape / 4);
    new Float32Array(memory()).set(scales, AT.shape / 4 + helper.length);
    u8.set(zeros, AT.shape + 64);
    // Each begins 16 bytes before, and its span 8 bytes on, twice.
    words[tensors / 4 + 5] = AT.a - 16;
    words[tensors / 4 + 6] = AT.b - 16;
    words[tensors / 4 + 27] = 16;
    words[tensors / 4 + 47] = 16;
    words[out / 4 + 3] = result;
    const before = u8.slice(result, result + length);
    const done = wasm.add(AT.shape);
    const ours = [...u8.subarray(result, result + length)];
    if (done === 0) {
      expect(ours).toEqual([...before]); // nothing was written
      return undefined;
    }
    const [first, second, zero] = zeros;
    const plain = [...a].map((x, i) => {
      const y = b[i] as number;
      const [one, other, by] = scales as unknown as readonly [number, number, number];
      const both = [one * (x - first), other * (y - second)].map(Math.fround) as [number, number];
      const sum = Math.fround(Math.fround(both[0] + both[1]) / by);
      const clamped = Math.min(255 - zero, Math.max(-zero, sum));
      const placed = Math.fround(clamped + zero);
      const floor = Math.floor(placed);
      const rest = placed - floor;
      return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? 1 : 0);
    });
    return { ours, plain };
  }

  describe('the sum of two tensors', () => {
    it('gives the bytes of the plain rule for every zero, also in the place of the first', () => {
      for (const length of [16, 32, 784]) {
        for (const zeros of [
          [0, 0, 0],
          [128, 3, 140],
          [255, 1, 255],
          [7, 255, 1],
        ] as const) {
          for (const [result, scales] of [
            [AT.c, undefined],
            [AT.a, undefined],
            [AT.c, [0.0171, 0.0234, 0.0193]],
          ] as const) {
            const found = sums({ length, zeros, result, ...(scales && { scales }) });
            expect(found?.ours, `${length} ${zeros}`).toEqual(found?.plain);
            expect(found).toBeDefined();
          }
        }
      }
    });

    it('declines what it does not know, and writes nothing', () => {
      expect(sums({ length: 17 })).toBeUndefined();
      expect(sums({ length: 32, result: AT.a + 4 })).toBeUndefined();
      for (const at of [7, 9, 11]) {
        expect(sums({ length: 32, odd: { [at]: 0xffffffff } }), String(at)).toBeUndefined();
      }
    });
  });
}
