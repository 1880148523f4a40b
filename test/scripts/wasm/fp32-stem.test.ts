/** The first convolution and the max-pooling that onnxruntime gets, beside plain arithmetic. */
import { describe, expect, it } from 'vitest';
import { AT, BUFFER, expectNear, fill, floats, KIND, wasm } from './fp32-memory.ts';

interface Stem {
  readonly channels?: number;
  readonly filters?: number;
  readonly side?: number;
  readonly height?: number;
  readonly width?: number;
  readonly padding?: readonly [number, number, number, number];
  readonly activation?: 'identity' | 'relu';
  /** Words of MLAS_CONV_PARAMETERS set to another value, by their number. */
  readonly odd?: Readonly<Record<number, number>>;
}

/** Our convolution of few channels by many filters beside the plain one; undefined where it declines. */
function stems(asked: Stem) {
  const { channels = 3, filters = 8, side = 3, height = 17, width = 21 } = asked;
  const { padding = [0, 0, 1, 1], activation = 'identity', odd = {} } = asked;
  const [top, left, bottom, right] = padding;
  const rows = Math.floor((height + top + bottom - side) / 2) + 1;
  const columns = Math.floor((width + left + right - side) / 2) + 1;
  const depth = channels * side * side;
  const input = fill(AT.a, channels * height * width);
  const filter = fill(AT.b, filters * depth);
  const biases = fill(AT.b + 0x20000, filters);
  const before = fill(AT.c, filters * rows * columns + 4);
  fill(BUFFER, 16_384);
  const parameters = [
    ...[AT.activation, 2, 1, 1, channels, 0], // dimensions, batch, groups, channels, channels last
    ...[height, width, 0, side, side, 0, 1, 1, 0], // input, kernel, dilation
    ...[...padding, 0, 0, 2, 2, 0], // strides
    ...[filters, rows, columns, 0, height * width, rows * columns, depth, 0], // filters, output, sizes, depth, beta
  ];
  for (const [at, value] of Object.entries(odd)) parameters[Number(at)] = value;
  const words = new Uint32Array(wasm.memory.buffer);
  words.set(parameters, AT.parameters / 4);
  words[AT.activation / 4] = KIND[activation];
  const done = wasm.convolution(
    ...[AT.parameters, AT.a, AT.b, AT.b + 0x20000, BUFFER, AT.c],
    ...[0, rows * columns],
  );
  const ours = floats(AT.c, before.length).slice();
  if (done === 0) {
    expect(ours).toEqual(before); // nothing was written
    return undefined;
  }
  const plain = before.slice();
  for (let i = 0; i < filters * rows * columns; i++) {
    const [f, y, x] = [
      Math.floor(i / (rows * columns)),
      Math.floor(i / columns) % rows,
      i % columns,
    ];
    let sum = biases[f] as number;
    for (let k = 0; k < depth; k++) {
      const v = 2 * y - top + (Math.floor(k / side) % side);
      const u = 2 * x - left + (k % side);
      if (v < 0 || v >= height || u < 0 || u >= width) continue;
      const at = Math.floor(k / side / side) * height * width + v * width + u;
      sum += (filter[f * depth + k] as number) * (input[at] as number);
    }
    plain[i] = activation === 'relu' ? Math.max(sum, 0) : sum;
  }
  return { ours, plain };
}

describe('the first convolution', () => {
  it('is right for every side, size and padding that it takes', () => {
    const paddings = [
      [0, 0, 0, 0],
      [0, 0, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 2, 2],
      [2, 2, 1, 2],
    ] as const;
    for (const side of [3, 5]) {
      for (const [height, width] of [
        [19, 21],
        [32, 32],
        [17, 40],
        [9, 23],
      ] as const) {
        for (const padding of paddings) {
          for (const channels of [1, 3, 4]) {
            const activation = channels === 3 ? ('relu' as const) : ('identity' as const);
            const asked = { side, height, width, padding, channels, activation };
            const found = stems(asked);
            expect(found, JSON.stringify(asked)).toBeDefined();
            if (found) expectNear(found.ours, found.plain, JSON.stringify(asked));
          }
        }
      }
    }
  });

  it('writes no more of its buffer than there is', () => {
    const beyond = BUFFER + 4 * 16_384;
    const before = fill(beyond, 4096);
    // 568 filters of 27 weights, and nine rows of 56 numbers.
    expect(stems({ filters: 568, width: 53, height: 9 })).toBeDefined();
    expect(stems({ filters: 600, width: 53, height: 9 })).toBeUndefined();
    expect(floats(beyond, 4096)).toEqual(before);
  });

  it('declines what it does not know, and writes nothing', () => {
    const unknown: Stem[] = [
      { channels: 5 },
      { filters: 6 },
      { filters: 640, width: 19, height: 19 }, // more weights than the buffer holds
      { width: 15 }, // too narrow
      { side: 7, width: 40, height: 40 },
      { odd: { 21: 1, 22: 1 } }, // a stride of one
      { odd: { 3: 2 } }, // two groups
      { odd: { 31: 0x3f800000 } }, // added to what is there
    ];
    for (const asked of unknown) expect(stems(asked), JSON.stringify(asked)).toBeUndefined();
  });
});

describe('max-pooling', () => {
  interface Pooling {
    readonly height: number;
    readonly width: number;
    /** Words of MLAS_POOL_WORK_BLOCK set to another value, by their number. */
    readonly odd?: Readonly<Record<number, number>>;
  }

  function pooled({ height, width, odd = {} }: Pooling) {
    const [channels, rows, columns] = [3, Math.floor(height / 2), Math.floor(width / 2)];
    const input = fill(AT.a, channels * height * width);
    const before = fill(AT.c, channels * rows * columns + 4);
    const long = (...values: number[]) => values.flatMap((value) => [value, 0]);
    const parameters = [
      ...[0, height, width, 0, height * width, rows, columns, 0], // kind, input, its size, output
      ...[...long(2, 2, 0), ...long(0, 0, 0, 0, 0, 0), ...long(2, 2, 0)], // kernel, padding, stride
    ];
    for (const [at, value] of Object.entries(odd)) parameters[Number(at)] = value;
    new Uint32Array(wasm.memory.buffer).set(parameters, AT.parameters / 4);
    const done = wasm.max_pool(AT.parameters, channels, AT.a, AT.c);
    const ours = floats(AT.c, before.length).slice();
    if (done === 0) {
      expect(ours).toEqual(before);
      return undefined;
    }
    const plain = before.slice();
    for (let i = 0; i < channels * rows * columns; i++) {
      const [c, y, x] = [
        Math.floor(i / (rows * columns)),
        Math.floor(i / columns) % rows,
        i % columns,
      ];
      const at = (c * height + 2 * y) * width + 2 * x;
      const four = [at, at + 1, at + width, at + width + 1].map((j) => input[j] as number);
      plain[i] = Math.max(...four);
    }
    return { ours, plain };
  }

  it('takes the largest of each four, in planes of even and odd sides', () => {
    for (const height of [2, 7, 16]) {
      for (const width of [8, 9, 14, 16, 29]) {
        const found = pooled({ height, width });
        expect(found?.ours, `${height}x${width}`).toEqual(found?.plain);
        expect(found).toBeDefined();
      }
    }
  });

  it('declines what it does not know, and writes nothing', () => {
    const size = { height: 16, width: 16 };
    expect(pooled({ height: 16, width: 7 })).toBeUndefined();
    for (const odd of [
      { 8: 3 },
      { 10: 3 },
      { 14: 1 },
      { 16: 1 },
      { 26: 1 },
      { 28: 1 },
      { 6: 9 },
      { 5: 9 },
    ]) {
      expect(pooled({ ...size, odd }), JSON.stringify(odd)).toBeUndefined();
    }
  });
});
