/**
 * The Worker with onnxruntime as npm has it, which makes the networks from their files: what cold starts are
 * compared with.
 */
import { env } from 'cloudflare:workers';
import onnxruntime from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import blazeface from '../../model/blazeface.onnx';
import facemesh from '../../model/facemesh.onnx';
import inceptionGenerated3 from '../../model/inception-generated-3/network.onnx';
import inceptionSmall2 from '../../model/inception-small-2/network.onnx';
import mobilefacenet from '../../model/mobilefacenet/network.onnx';
import mobilefacenetInt8 from '../../model/mobilefacenet-int8/network.onnx';
import { createApp } from '../../worker/app.ts';
import { deployedModels } from '../../worker/deployed-models.ts';
import { networksOf } from '../../worker/face/decision/cascade.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import type { Env } from '../../worker/http/context.ts';
import { isModel, MODELS, type ModelName } from '../../worker/runtime/models.ts';
import { createNetwork } from '../../worker/runtime/onnx.ts';
import { pictureModules } from '../../worker/runtime/picture-modules.ts';

const WEIGHTS: Readonly<Record<ModelName, ArrayBuffer>> = {
  'mobilefacenet-int8': mobilefacenetInt8,
  mobilefacenet,
  'inception-generated-3': inceptionGenerated3,
  'inception-small-2': inceptionSmall2,
};

const engines = new Map<ModelName, Promise<Engine>>();
let faceModels: Promise<Pick<Engine, 'detector' | 'landmarker'>> | undefined;

function load(name: ModelName): Promise<Engine> {
  const engine = engines.get(name) ?? create(name);
  engines.set(name, engine);
  return engine;
}

const network = (weights: ArrayBuffer) => createNetwork(new Uint8Array(weights), onnxruntime);

async function create(name: ModelName): Promise<Engine> {
  faceModels ??= createFaceModels();
  return {
    name,
    ...pictureModules(),
    ...(await faceModels),
    embedder: await network(WEIGHTS[name]),
    calibration: MODELS[name].calibration,
  };
}

async function createFaceModels() {
  return { detector: await network(blazeface), landmarker: await network(facemesh) };
}

if (env.EAGER_START === 'on') {
  for (const name of Object.values(networksOf((env as Pick<Env, 'MODEL'>).MODEL))) {
    if (isModel(name)) load(name).catch(() => {});
  }
}

export { GalleryDirectory } from '../../worker/gallery/directory.ts';
export { Gallery } from '../../worker/gallery/durable-object.ts';
export { Attempts } from '../../worker/login/attempts.ts';

export default createApp(deployedModels(load));
