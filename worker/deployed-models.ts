/**
 * The models behind the API: the pipeline's functions on an engine that is loaded when it is asked for.
 * `runtime/models.ts` says which networks there are.
 */
import { Refusal } from './errors.ts';
import type { Cascade } from './face/cascade.ts';
import { checkEmbedder } from './face/embed.ts';
import { enrol } from './face/enrol.ts';
import { embedFaces } from './face/faces.ts';
import type { Engine } from './face/pipeline.ts';
import { verify, verifyTemplate } from './face/verify.ts';
import type { Models } from './http/context.ts';
import { openPicture } from './image/open.ts';
import { respond } from './login/liveness.ts';
import { cascadePoints, isModel, MODELS, type ModelName } from './runtime/models.ts';
import { restoreRuntime } from './runtime/onnx.ts';

/** @param loadEngine the engine for a network that is deployed, the same at each call */
export function deployedModels(loadEngine: (name: ModelName) => Promise<Engine>): Models {
  return {
    async load(name) {
      const engine = await loadEngine(known(name));
      return {
        calibration: engine.calibration,
        cascade: (fast) => loadCascade(fast, known(name), loadEngine),
        verify: (input) => restoring(verify(engine, input)),
        verifyTemplate: (input) => restoring(verifyTemplate(engine, input)),
        enrol: (images) => restoring(enrol(engine, images)),
        faces: (picture, choice, field) => restoring(embedFaces(engine, picture, choice, field)),
        inspect: (picture) => {
          openPicture(picture, engine.codecs);
        },
        respond: (input) => restoring(respond(engine, input)),
        check: () => restoring(checkEmbedder(engine.embedder)),
      };
    },
    card: (name) => MODELS[known(name)].card,
    cascade: (fast, slow) => cascadePoints(fast, slow).points,
  };
}

/** The cascade of a fast network before this one. */
async function loadCascade(
  fast: string,
  slow: ModelName,
  loadEngine: (name: ModelName) => Promise<Engine>,
): Promise<Cascade> {
  const points = cascadePoints(fast, slow);
  const { embedder } = await loadEngine(known(fast));
  return { ...points, name: `${fast}+${slow}`, embedder };
}

/** A trap leaves a runtime that fails from then on: the next request finds it as it was at the start. */
async function restoring<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal)) restoreRuntime();
    throw error;
  }
}

function known(name: string): ModelName {
  if (isModel(name)) return name;
  throw new Refusal({ code: 'not_configured', detail: 'MODEL names no network deployed here.' });
}
