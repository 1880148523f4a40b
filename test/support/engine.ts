/** The deployed detector and landmarks, as tests of the pipeline's parts need it. */
import blazeface from '../../model/blazeface.onnx';
import facemesh from '../../model/facemesh.onnx';
import type { FaceModels } from '../../worker/face/confirm.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import onnxruntime from '../../worker/runtime/onnxruntime.wasm';
import { sampler } from './sampler.ts';

let ready: Promise<FaceModels> | undefined;

export function finder(): Promise<FaceModels> {
  ready ??= load();
  return ready;
}

async function load(): Promise<FaceModels> {
  return {
    detector: await createNetwork(new Uint8Array(blazeface), onnxruntime),
    landmarker: await createNetwork(new Uint8Array(facemesh), onnxruntime),
    sampler,
  };
}
