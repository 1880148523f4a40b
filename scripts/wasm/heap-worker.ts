/** A thread that makes a heap: a process and its threads hold one onnxruntime each. */
import { serve } from '../batch/pool.ts';
import { WasmBinary } from './binary.ts';
import { type Heap, makeHeap } from './heap.ts';

export interface HeapTask {
  /** onnxruntime's module. */
  readonly module: Uint8Array;
  readonly weights: readonly Uint8Array[];
}

export interface Made {
  readonly heap: Heap;
  /** Export that runs the module's constructors. */
  readonly constructors: string;
}

serve<HeapTask, Made>(({ module, weights }) => makeHeap(WasmBinary.parse(module), weights));
