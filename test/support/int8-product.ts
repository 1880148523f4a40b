/** Tests of the product of int8 matrices: its bits are those of plain integer arithmetic, whatever fits in 16 bits. */
import { describe, expect, it } from 'vitest';
import { AT, type Int8Kernels } from './int8-kernels.ts';

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

export function testInt8Product({ wasm, memory, random }: Int8Kernels): void {
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
}
