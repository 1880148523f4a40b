/**
 * MobileFace Identification V2 of https://github.com/becauseofAI/MobileFace, from MXNet to ONNX,
 * as a peer.
 *
 * Files: `MobileFace_Identification/MobileFace_Identification_V2-0000.params` and, beside it,
 * `...-symbol.json`. Batch norm is folded into the layer before it.
 *
 * In: `input` [N,3,112,112], 0..255: the network subtracts 127.5 and divides by 128 itself. Out:
 * `embedding` [N,256], not of unit length. On pixels of (7 x + 13 y + 31 c) mod 256 it differs by
 * 9e-6 at most, of values up to 10.8, from the same graph run node by node in PyTorch's doubles;
 * MXNet, long retired, was not to be had.
 */
import { readFileSync } from 'node:fs';
import { scaled, type Weight } from './filter.ts';
import { readParams, readSymbol, type SymbolNode } from './mxnet.ts';
import { OnnxGraph } from './onnx.ts';
import type { Converted } from './peer-model.ts';

/** MXNet's default, which the graph leaves as it is. */
const EPSILON = 1e-3;

/** Operators that are folded into the one before them, and which those may be. */
const MERGED: Readonly<Record<'BatchNorm' | '_minimum_scalar', readonly string[]>> = {
  BatchNorm: ['Convolution', 'FullyConnected'],
  _minimum_scalar: ['_maximum_scalar'],
};

export function mobilefaceGraph(
  nodes: readonly SymbolNode[],
  params: ReadonlyMap<string, Weight>,
): OnnxGraph {
  const onnx = new OnnxGraph();
  const get = (name: string): Weight => {
    const weight = params.get(name);
    if (weight === undefined) throw new Error(`no parameter ${name}`);
    return weight;
  };
  const pair = (text: string) => (text.match(/\d+/g) ?? []).map(Number) as [number, number];
  const last = nodes.at(-1)?.name;
  const called = (name: string) => ({ data: 'input', [last ?? '']: 'embedding' })[name] ?? name;
  const scalar = ({ name, attrs }: SymbolNode): string => {
    onnx.floats(`${name}/scalar`, [], Float32Array.of(Number(attrs.scalar)));
    return `${name}/scalar`;
  };

  /** Batch norm of a layer's rows as scale * x + shift. */
  const norm = ({ attrs, inputs: [, gamma, beta, mean, variance] }: SymbolNode) => {
    if (attrs.fix_gamma !== 'False' || attrs.eps !== undefined)
      throw new Error('a batch norm of another kind');
    const scale = get(gamma as string).values.map(
      (g, i) => g / Math.sqrt((get(variance as string).values[i] as number) + EPSILON),
    );
    const shift = get(beta as string).values.map(
      (b, i) => b - (get(mean as string).values[i] as number) * (scale[i] as number),
    );
    return { scale, shift };
  };

  for (const node of nodes) {
    const { op, name, attrs, inputs } = node;
    const from = inputs.map(called);
    const to = called(name);
    switch (op) {
      case 'null':
        break;
      case 'BatchNorm':
      case '_minimum_scalar': {
        const before = nodes.find((other) => other.name === inputs[0])?.op ?? '';
        if (!MERGED[op].includes(before)) throw new Error(`${name}: ${op} behind ${before}`);
        break;
      }
      case 'Convolution':
      case 'FullyConnected': {
        const after = nodes.find((other) => other.op === 'BatchNorm' && other.inputs[0] === name);
        if (after === undefined) throw new Error(`${name}: no batch norm behind it`);
        const { scale, shift } = norm(after);
        const filter = scaled(get(inputs[1] as string), scale);
        const bias = inputs[2] === undefined ? undefined : get(inputs[2]).values;
        onnx.floats(`${name}/w`, filter.shape, filter.values);
        onnx.floats(
          `${name}/b`,
          [shift.length],
          shift.map((s, i) => s + (bias?.[i] ?? 0) * (scale[i] as number)),
        );
        const taken = [from[0] as string, `${name}/w`, `${name}/b`];
        if (op === 'FullyConnected') {
          onnx.node('Gemm', taken, called(after.name), { transB: 1 });
          break;
        }
        const pad = pair(attrs.pad ?? '');
        onnx.node('Conv', taken, called(after.name), {
          kernel_shape: pair(attrs.kernel ?? ''),
          strides: pair(attrs.stride ?? ''),
          pads: [...pad, ...pad],
          group: Number(attrs.num_group ?? 1),
        });
        break;
      }
      case 'Flatten':
        onnx.node('Flatten', from, to, { axis: 1 });
        break;
      case 'elemwise_add':
        onnx.node('Add', from, to);
        break;
      case '_minus_scalar':
        onnx.node('Sub', [...from, scalar(node)], to);
        break;
      case '_mul_scalar':
        onnx.node('Mul', [...from, scalar(node)], to);
        break;
      case '_maximum_scalar': {
        // ReLU6 is two operators: one in ONNX, which runtimes merge with the convolution before.
        const after = nodes.find(
          ({ op, inputs }) => op === '_minimum_scalar' && inputs[0] === name,
        );
        if (after === undefined) throw new Error(`${name}: no minimum behind it`);
        onnx.node('Clip', [...from, scalar(node), scalar(after)], called(after.name));
        break;
      }
      default:
        throw new Error(`MXNet operator ${op} is not known here`);
    }
  }
  return onnx;
}

/** @param file the .params file, with the graph beside it */
export function mobileface(file: string): Converted {
  const weights = readFileSync(file);
  const symbol = readFileSync(file.replace(/-\d+\.params$/, '-symbol.json'), 'utf8');
  return { graph: mobilefaceGraph(readSymbol(symbol), readParams(weights)), weights };
}
