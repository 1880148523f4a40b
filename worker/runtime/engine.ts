/**
 * The engine as it is deployed: compiled modules and weights, made ready once an isolate. The inference
 * runtime itself is onnx.ts.
 */
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import blazeface from '../../model/blazeface.onnx';
import facemesh from '../../model/facemesh.onnx';
import type { Engine } from '../face/pipeline.ts';
import jpeg from '../image/jpeg/libjpeg-turbo.wasm';
import png from '../image/png/png.wasm';
import sampling from '../image/sampling/sampling.wasm';
import { SimdSampler } from '../image/sampling/simd.ts';
import { MODELS, type ModelName } from './models.ts';
import { createNetwork } from './onnx.ts';
import onnxruntime from './onnxruntime.wasm';

const engines = new Map<string, Promise<Engine>>();

export function isModel(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}

/**
 * The engine for a network; the first call of an isolate makes it, later ones share it.
 * @throws Error when the runtime or the weights do not load; the next call tries again
 */
export function loadEngine(name: ModelName): Promise<Engine> {
  let engine = engines.get(name);
  if (engine === undefined) {
    engine = createEngine(name);
    engines.set(name, engine);
    // A failed start is not kept: it would poison the isolate.
    engine.catch(() => engines.delete(name));
  }
  return engine;
}

/** Gives up an engine that has failed: the next call makes its networks anew. */
export function forgetEngine(name: ModelName): void {
  engines.delete(name);
}

async function createEngine(name: ModelName): Promise<Engine> {
  const { weights, calibration } = MODELS[name];
  return {
    name,
    codecs: { jpeg, png, webp },
    sampler: new SimdSampler(sampling),
    detector: await createNetwork(new Uint8Array(blazeface), onnxruntime),
    landmarker: await createNetwork(new Uint8Array(facemesh), onnxruntime),
    embedder: await createNetwork(new Uint8Array(weights), onnxruntime),
    calibration,
  };
}
