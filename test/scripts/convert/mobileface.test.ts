/** MobileFaceNet as MXNet 1 wrote it: its parameters, and the graph that is made of them. */
import { describe, expect, it } from 'vitest';
import type { Weight } from '../../../scripts/convert/filter.ts';
import { mobilefaceGraph } from '../../../scripts/convert/mobileface.ts';
import { readParams, readSymbol } from '../../../scripts/convert/mxnet.ts';
import { outputOf, weight } from '../../support/node/converted.ts';

/** A .params file, as MXNet 1 writes it. */
function paramsFile(params: Readonly<Record<string, Weight>>, type = 0): Uint8Array {
  const long = (value: number) => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  const ints = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
  const entries = Object.entries(params);
  return Uint8Array.from(
    [
      ...[long(0x112), long(0), long(entries.length)],
      ...entries.flatMap(([, { shape, values }]) => [
        ...[ints(0xf993fac9, 0, shape.length), ...shape.map(long), ints(1, 0, type)],
        new Uint8Array(values.buffer),
      ]),
      long(entries.length),
      ...entries.flatMap(([name]) => [long(name.length), new TextEncoder().encode(name)]),
    ].flatMap((part) => [...part]),
  );
}

describe('readParams', () => {
  const file = paramsFile({ 'arg:w': weight([2, 1], 1, -2), 'aux:mean': weight([1], 0.5) });

  it('gives arrays by their names', () => {
    // A Buffer, as files are read.
    const params = readParams(Buffer.from(file));
    expect(params.get('w')).toEqual(weight([2, 1], 1, -2));
    expect(params.get('mean')).toEqual(weight([1], 0.5));
  });

  it('refuses what is another file, cut short, or not float32', () => {
    expect(() => readParams(file.subarray(8))).toThrow('not an MXNet');
    expect(() => readParams(file.subarray(0, -1))).toThrow('cut short');
    expect(() => readParams(paramsFile({ w: weight([1], 1) }, 2))).toThrow('not dense float32');
  });
});

describe('mobileface', () => {
  const norm = { gamma: 2, beta: 1, mean: 3, var: 4 - 1e-3 }; // (x - 3) * 2 / 2 + 1
  const params = new Map<string, Weight>([
    ['conv_weight', weight([1, 1, 1, 1], 4)],
    ['conv_bias', weight([1], 1)],
    ['fc_weight', weight([1, 2], 1, 10)],
    ...['bn', 'fc_bn'].flatMap((layer) =>
      Object.entries(norm).map(([name, value]): [string, Weight] => [
        `${layer}_${name}`,
        weight([1], value),
      ]),
    ),
  ]);
  const window = { kernel: '(1, 1)', stride: '(1, 1)', pad: '(0, 0)' };
  type Layer = readonly [op: string, name: string, inputs: readonly string[], attrs?: object];
  const layers: readonly Layer[] = [
    ['null', 'data', []],
    ['_minus_scalar', 'minus', ['data'], { scalar: '1' }],
    ['_mul_scalar', 'times', ['minus'], { scalar: '0.5' }],
    ['Convolution', 'conv', ['times', 'conv_weight', 'conv_bias'], window],
    ['BatchNorm', 'bn', ['conv', 'bn_gamma', 'bn_beta', 'bn_mean', 'bn_var']],
    ['_maximum_scalar', 'low', ['bn'], { scalar: '0' }],
    ['_minimum_scalar', 'high', ['low'], { scalar: '6' }],
    ['elemwise_add', 'plus', ['high', 'times']],
    ['Flatten', 'flat', ['plus']],
    ['FullyConnected', 'fc', ['flat', 'fc_weight']],
    ['BatchNorm', 'fc_bn', ['fc', 'fc_bn_gamma', 'fc_bn_beta', 'fc_bn_mean', 'fc_bn_var']],
  ];

  /** The layers as a -symbol.json: parameters are nodes, too. */
  function symbol(own: readonly Layer[]): string {
    const names = own.map(([, name]) => name);
    const parameters = own.flatMap(([, , inputs]) => inputs).filter((n) => !names.includes(n));
    const all = [...parameters.map((name): Layer => ['null', name, []]), ...own];
    const at = new Map(all.map(([, name], i) => [name, i]));
    return JSON.stringify({
      nodes: all.map(([op, name, inputs, attrs = {}]) => ({
        op,
        name,
        ...(op === 'null' ? {} : { attrs: { fix_gamma: 'False', ...attrs } }),
        inputs: inputs.map((input) => [at.get(input), 0, 0]),
      })),
    });
  }

  it('draws batch norm into the layers and gives what the graph says', async () => {
    const graph = mobilefaceGraph(readSymbol(symbol(layers)), params);
    // 2: 0.5, 3, 1, 1 + 0.5. 5: 2, 9, 7, 6 + 2.
    const [embedding] = await outputOf(graph, [1, 1, 2], [2, 5]);
    expect(embedding).toBeCloseTo(1.5 + 80 - 3 + 1, 4);
  });

  it('refuses what should be merged with the layer before it, behind another', () => {
    const graphOf = (own: readonly Layer[]) => mobilefaceGraph(readSymbol(symbol(own)), params);
    const twice: Layer = ['BatchNorm', 'again', ['bn', 'g', 'b', 'm', 'v']];
    expect(() => graphOf([...layers, twice])).toThrow('again: BatchNorm behind BatchNorm');
    const late: Layer = ['_minimum_scalar', 'late', ['plus'], { scalar: '6' }];
    expect(() => graphOf([...layers, late])).toThrow('late: _minimum_scalar behind elemwise_add');
  });

  it('refuses an operator it does not know', () => {
    const other = layers.map(
      ([op, ...rest]): Layer => [op === 'elemwise_add' ? 'elemwise_mul' : op, ...rest],
    );
    expect(() => mobilefaceGraph(readSymbol(symbol(other)), params)).toThrow('elemwise_mul');
  });
});
