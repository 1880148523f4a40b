/**
 * Tests of the int8 kernels that onnxruntime gets: their bits are those of plain integer arithmetic. They are
 * run in Node and in workerd, whose V8 takes other instructions where the processor has them.
 */
import { describe, expect, it } from 'vitest';
import { testInt8Depthwise } from './int8-depthwise.ts';
import { AT, openInt8Kernels } from './int8-kernels.ts';
import { testInt8Product } from './int8-product.ts';

const OUT = 0x200000;

/** @param module `int8.wasm` */
export function testInt8Kernels(module: WebAssembly.Module): void {
  const kernels = openInt8Kernels(module);
  const { wasm, memory, random } = kernels;

  testInt8Product(kernels);
  testInt8Depthwise(kernels);

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
