/** The depthwise convolution that onnxruntime gets, beside plain arithmetic. */
import { describe, expect, it } from 'vitest';
import { AT, BUFFER, expectNear, fill, floats, KIND, wasm } from './fp32-memory.ts';

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
  fill(BUFFER, 16_384); // whatever another group left there
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
  const done = wasm.convolution(
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

  it('writes no more of its buffer than there is', () => {
    const beyond = BUFFER + 4 * 16_384;
    const before = fill(beyond, 4096);
    expect(convolutions({ height: 125, width: 125 })).toBeDefined();
    expect(convolutions({ height: 126, width: 126 })).toBeUndefined();
    expect(floats(beyond, 4096)).toEqual(before);
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
      { width: 130, height: 130 }, // larger than the buffer
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
