/**
 * The engine as it is deployed: compiled modules, and the networks that one of them carries, made ready
 * once an isolate. The inference runtime itself is onnx.ts.
 */
import type { Engine } from '../face/pipeline.ts';
import { MODELS, type ModelName } from './models.ts';
import { openNetwork } from './onnx.ts';
import onnxruntime from './onnxruntime.wasm';
import { pictureModules } from './picture-modules.ts';

const engines = new Map<string, Promise<Engine>>();

/**
 * The engine for a network; the first call of an isolate makes it, later ones share it.
 * @throws Error when the runtime does not load or lacks the network; the next call tries again
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

async function createEngine(name: ModelName): Promise<Engine> {
  const { calibration } = MODELS[name];
  return {
    name,
    ...pictureModules(),
    detector: await openNetwork(calibration.detectorSha256, onnxruntime),
    landmarker: await openNetwork(calibration.landmarkerSha256, onnxruntime),
    embedder: await openNetwork(calibration.sha256, onnxruntime),
    calibration,
  };
}
