/** A converted peer's file: what it takes, what it gives, and where its weights are from. */
import { createHash } from 'node:crypto';
import { TEACHERS, type Teacher } from '../dataset/teachers.ts';
import type { OnnxGraph } from './onnx.ts';

export interface Converted {
  /** Graph from `input` [N,3,side,side] to `embedding` [N,dimension]. */
  readonly graph: OnnxGraph;
  /** Bytes of the file that the weights came from. */
  readonly weights: Uint8Array;
}

/** @returns the ONNX file's bytes */
export function peerModel(name: string, { graph, weights }: Converted): Uint8Array {
  const { size, dimension, source } = TEACHERS[name] as Teacher;
  return graph.finish(
    name,
    [{ name: 'input', shape: ['N', 3, size, size] }],
    [{ name: 'embedding', shape: ['N', dimension] }],
    { source, sha256: createHash('sha256').update(weights).digest('hex') },
  );
}
