/**
 * MediaPipe's networks and a peer, from tflite to ONNX, operator by operator: NHWC turned to NCHW,
 * a free batch dimension, and weights that are stored as float16 written as float32.
 */
import { rows, samePads, transpose, type Weight } from './filter.ts';
import { half } from './half.ts';
import { OnnxGraph } from './onnx.ts';
import { type Graph, isFused, type Operator, type Tensor } from './tflite.ts';

/** The value of a constant tensor, through its float16 storage where it has one. */
function constant(graph: Graph, index: number): Weight {
  const tensor = graph.tensors[index] as Tensor;
  const storage = graph.operators.find((o) => o.kind === 'DEQUANTIZE' && o.outputs[0] === index);
  const source = storage ? (graph.tensors[storage.inputs[0] as number] as Tensor) : tensor;
  const data = source.data.slice().buffer;
  const values =
    source.type === 'float16'
      ? Float32Array.from(new Uint16Array(data), half)
      : new Float32Array(data);
  return { shape: tensor.shape, values };
}

/** Fields of a convolution's options that hold its dilations; 0 is the default, which is 1. */
const DILATIONS: Partial<Record<Operator['kind'], readonly number[]>> = {
  CONV_2D: [4, 5],
  DEPTHWISE_CONV_2D: [5, 6],
};

function isDilated({ kind, options }: Operator): boolean {
  return (DILATIONS[kind] ?? []).some((field) => (options?.int32(field) ?? 0) > 1);
}

/** @throws Error for a name that none of these tensors has */
function refuseOthers(graph: Graph, names: readonly string[], tensors: readonly number[]): void {
  const known = tensors.map((index) => graph.tensors[index]?.name);
  const other = names.find((name) => !known.includes(name));
  if (other !== undefined) throw new Error(`${other} is not among ${known.join(', ')}`);
}

/**
 * @param outputs what to call the outputs, by their names in the tflite file
 * @param channels of these outputs, by those names: only these channels are kept. Their tensors
 *   must come straight from a convolution.
 * @throws Error naming the first operator that has no counterpart here, or a name that is no such
 *   tensor's
 */
export function toOnnx(
  graph: Graph,
  outputs: Readonly<Record<string, string>>,
  channels: Readonly<Record<string, readonly number[]>> = {},
): OnnxGraph {
  const convolved = graph.operators.filter(({ kind }) => kind === 'CONV_2D');
  refuseOthers(graph, Object.keys(outputs), graph.outputs);
  refuseOthers(
    graph,
    Object.keys(channels),
    convolved.flatMap((operator) => operator.outputs),
  );
  const onnx = new OnnxGraph();
  const name = (index: number): string => {
    if (graph.inputs.includes(index)) return 'input';
    const output = graph.outputs.includes(index) ? graph.tensors[index]?.name : undefined;
    return output === undefined ? `t${index}` : (outputs[output] ?? `t${index}`);
  };

  const window = (operator: Operator, kernel: readonly [number, number]) => {
    const [, height, width] = (graph.tensors[operator.inputs[0] as number] as Tensor).shape;
    const stride = [operator.options?.int32(2) ?? 1, operator.options?.int32(1) ?? 1] as const;
    const same = operator.options?.int8(0) === 0; // else VALID: no padding
    const [top, bottom] = same ? samePads(height as number, kernel[0], stride[0]) : [0, 0];
    const [left, right] = same ? samePads(width as number, kernel[1], stride[1]) : [0, 0];
    return { kernel_shape: kernel, strides: stride, pads: [top, left, bottom, right] };
  };

  for (const operator of graph.operators) {
    const [input, second, third] = operator.inputs as [number, number, number];
    const output = operator.outputs[0] as number;
    if (isFused(operator) || isDilated(operator))
      throw new Error(
        `${operator.kind}: activations within it, and dilation, are not converted here`,
      );
    switch (operator.kind) {
      case 'DEQUANTIZE':
        break; // a weight: read through `constant`
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D': {
        const depthwise = operator.kind === 'DEPTHWISE_CONV_2D';
        // tflite keeps filters as OHWI, and depthwise ones as 1HWC; ONNX wants OIHW and C1HW.
        const filter = transpose(constant(graph, second), depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        const kept = channels[graph.tensors[output]?.name ?? ''];
        const weight = kept ? rows(filter, kept) : filter;
        const bias = kept ? rows(constant(graph, third), kept) : constant(graph, third);
        onnx.floats(`w${output}`, weight.shape, weight.values);
        onnx.floats(`b${output}`, bias.shape, bias.values);
        onnx.node('Conv', [name(input), `w${output}`, `b${output}`], name(output), {
          ...window(operator, [filter.shape[2] as number, filter.shape[3] as number]),
          group: depthwise ? (filter.shape[0] as number) : 1,
        });
        break;
      }
      case 'MAX_POOL_2D': {
        const kernel = [operator.options?.int32(4) ?? 1, operator.options?.int32(3) ?? 1] as const;
        onnx.node('MaxPool', [name(input)], name(output), window(operator, kernel));
        break;
      }
      case 'PAD': {
        const pads = graph.tensors[second] as Tensor;
        const added = new Int32Array(pads.data.slice().buffer)[7] as number;
        onnx.ints(`p${output}`, [0, 0, 0, 0, 0, added, 0, 0]); // channels only, after the last
        onnx.node('Pad', [name(input), `p${output}`], name(output));
        break;
      }
      case 'ADD':
        onnx.node('Add', [name(input), name(second)], name(output));
        break;
      case 'RELU':
        onnx.node('Relu', [name(input)], name(output));
        break;
      case 'PRELU': {
        const { shape, values } = constant(graph, second); // 1 x 1 x C
        onnx.floats(`a${output}`, [shape[2] as number, 1, 1], values);
        onnx.node('PRelu', [name(input), `a${output}`], name(output));
        break;
      }
      case 'RESHAPE': {
        // A flattened map runs over rows, columns, then channels: back to NHWC first.
        const { shape } = graph.tensors[output] as Tensor;
        onnx.ints(`s${output}`, [0, ...shape.slice(1)]);
        onnx.node('Transpose', [name(input)], `n${output}`, { perm: [0, 2, 3, 1] });
        onnx.node('Reshape', [`n${output}`, `s${output}`], name(output));
        break;
      }
      case 'CONCATENATION':
        onnx.node('Concat', operator.inputs.map(name), name(output), { axis: 1 });
        break;
      default:
        throw new Error(`tflite operator ${operator.kind} is not converted here`);
    }
  }
  return onnx;
}
