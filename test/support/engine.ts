/** The deployed detector, as tests of the pipeline's parts need it. */
import blazeface from '../../model/blazeface.onnx';
import type { Network } from '../../worker/face/network.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import onnxruntime from '../../worker/runtime/onnxruntime.wasm';

let network: Promise<Network> | undefined;

export function detector(): Promise<Network> {
  network ??= createNetwork(new Uint8Array(blazeface), onnxruntime);
  return network;
}
