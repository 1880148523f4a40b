import { describe, expect, it } from 'vitest';
import { withPrelus } from '../../../scripts/convert/expo.ts';
import { faceresGraph } from '../../../scripts/convert/faceres.ts';
import { toOnnx } from '../../../scripts/convert/mediapipe.ts';
import { mobilefaceGraph } from '../../../scripts/convert/mobileface.ts';
import { readOnnx } from '../../../scripts/convert/onnx-reader.ts';
import { peerModel } from '../../../scripts/convert/peer-model.ts';
import type { Graph, Operator, Tensor } from '../../../scripts/convert/tflite.ts';
import { outputOf, weight } from '../../support/node/converted.ts';

describe('expo', () => {
  /** relu(x) + a (y - |x|), two channels, then flattened; x is tensor 0. */
  function spelt(y: number): Graph {
    const tensor = (name: string, data: readonly number[] = []): Tensor => ({
      name,
      shape: data.length > 0 ? [data.length] : [1, 1, 1, 2],
      type: 'float32',
      data: new Uint8Array(Float32Array.from(data).buffer),
    });
    const operator = (kind: Operator['kind'], inputs: number[], output: number): Operator => ({
      kind,
      inputs,
      outputs: [output],
      options: undefined,
    });
    return {
      tensors: [
        ...['x', 'relu', 'abs', 'sub', 'mul', 'add'].map((name) => tensor(name)),
        tensor('a', [0.25, 0.5]),
        { ...tensor('flat'), shape: [1, 2] },
      ],
      inputs: [0],
      outputs: [7],
      operators: [
        operator('RELU', [0], 1),
        operator('ABS', [0], 2),
        operator('SUB', [y, 2], 3),
        operator('MUL', [6, 3], 4),
        operator('ADD', [1, 4], 5),
        operator('RESHAPE', [5], 7),
      ],
    };
  }

  it('makes one operator of a PReLU that is spelt out', async () => {
    const graph = withPrelus(spelt(0));
    expect(graph.operators.map(({ kind }) => kind)).toEqual(['PRELU', 'RESHAPE']);
    const run = (x: number, y: number) =>
      outputOf(toOnnx(graph, { flat: 'embedding' }), [2, 1, 1], [x, y]);
    expect(await run(-2, -3)).toEqual([-1, -3]);
    expect(await run(5, -1)).toEqual([5, -1]);
  });

  it('leaves what only looks like one, which is then refused', () => {
    const graph = withPrelus(spelt(1));
    expect(graph.operators).toHaveLength(6);
    expect(() => toOnnx(graph, {})).toThrow('ABS is not converted');
  });

  it('leaves one with an activation within it, too', () => {
    const graph = spelt(0);
    const options = { int8: () => 1 } as unknown as Operator['options'];
    const operators = graph.operators.map((operator) =>
      operator.kind === 'MUL' ? { ...operator, options } : operator,
    );
    expect(withPrelus({ ...graph, operators }).operators).toEqual(operators);
  });

  it('refuses slopes that are not stored as float32', () => {
    const graph = spelt(0);
    const tensors = graph.tensors.map((tensor) => ({ ...tensor, type: 'float16' as const }));
    expect(() => withPrelus({ ...graph, tensors })).toThrow('a: slopes that are float16');
  });
});

describe('toOnnx', () => {
  const tensor = (name: string): Tensor => ({
    name,
    shape: [1, 1, 1, 1],
    type: 'float32',
    data: new Uint8Array(Float32Array.of(1).buffer),
  });

  /** One operator, with one of its options set. */
  function single(kind: Operator['kind'], field: number, value: number): Graph {
    const option = (asked: number) => (asked === field ? value : 0);
    const options = { int8: option, int32: option } as unknown as Operator['options'];
    return {
      tensors: ['x', 'filter', 'bias', 'y'].map(tensor),
      inputs: [0],
      outputs: [3],
      operators: [{ kind, inputs: [0, 1, 2], outputs: [3], options }],
    };
  }

  it.each([
    ['CONV_2D', 3],
    ['DEPTHWISE_CONV_2D', 4],
    ['ADD', 0],
  ] as const)('refuses %s with an activation within it', (kind, field) => {
    expect(() => toOnnx(single(kind, field, 1), {})).toThrow(`${kind}: activations`);
    expect(() => toOnnx(single(kind, field, 0), {})).not.toThrow();
  });

  it.each([
    ['CONV_2D', 4],
    ['CONV_2D', 5],
    ['DEPTHWISE_CONV_2D', 5],
    ['DEPTHWISE_CONV_2D', 6],
  ] as const)('refuses %s with dilation (field %i)', (kind, field) => {
    expect(() => toOnnx(single(kind, field, 2), {})).toThrow('dilation');
    expect(() => toOnnx(single(kind, field, 1), {})).not.toThrow();
  });

  it('refuses names that the graph has not', () => {
    const graph = single('CONV_2D', 0, 0);
    expect(() => toOnnx(graph, { z: 'embedding' })).toThrow('z is not among y');
    expect(() => toOnnx(graph, {}, { x: [0] })).toThrow('x is not among y');
    expect(() => toOnnx(graph, { y: 'embedding' }, { y: [0] })).not.toThrow();
  });
});

describe('faceres', () => {
  // Filters of 3 x 3 that see their upper left corner alone.
  const corner = [1, ...Array<number>(8).fill(0)];
  const weights = new Map([
    // Of three channels the first.
    ['conv1/convolution/merged_input', weight([3, 3, 3, 1], ...corner.flatMap((v) => [v, 0, 0]))],
    ['conv1_bn/batchnorm_1/sub', weight([1], 1)],
    ['conv_dw_1/depthwise_kernel', weight([3, 3, 1, 1], ...corner)],
    ['conv_dw_1_bn/batchnorm_1/mul', weight([1], 2)],
    ['conv_dw_1_bn/batchnorm_1/sub', weight([1], 0.5)],
    ['conv_pw_1/convolution/merged_input', weight([1, 1, 1, 2], 1, 100)],
    ['conv_pw_1_bn/batchnorm_1/sub', weight([2], 0, -51)],
  ]);

  it('pads as TensorFlow does, cuts off at 0 and 6, and takes the mean', async () => {
    const red = [0.25, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    const input = [...red, ...Array<number>(32).fill(9)];
    // Halved: the corner is pixel (0, 0), 0.25 + 1. Moved right and down by the next filter's own
    // padding: 2 * 1.25 + 0.5 at the lower right, 0.5 elsewhere.
    const embedding = await outputOf(faceresGraph(weights, 4, [1]), [3, 4, 4], input);
    expect(embedding).toEqual([(3 + 3 * 0.5) / 4, 6 / 4]);
  });

  it('names a weight that is missing', () => {
    expect(() => faceresGraph(new Map())).toThrow('conv1/convolution/merged_input');
  });
});

describe('peerModel', () => {
  it('says where the weights come from', () => {
    const graph = mobilefaceGraph([], new Map());
    const model = peerModel('mobileface', { graph, weights: new TextEncoder().encode('abc') });
    const { name, inputs, outputs, metadata } = readOnnx(model);
    expect({ name, inputs, outputs }).toEqual({
      name: 'mobileface',
      inputs: ['input'],
      outputs: ['embedding'],
    });
    expect(metadata.source).toContain('becauseofAI');
    // FIPS 180-2's own example.
    expect(metadata.sha256).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
