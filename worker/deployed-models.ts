/**
 * The models behind the API: the pipeline's functions on an engine that is loaded when it is asked for.
 * `runtime/models.ts` says which networks there are.
 */
import { Refusal } from './errors.ts';
import { verificationPoints } from './face/decision/calibration.ts';
import { type Cascade, cascadeName, networksOf } from './face/decision/cascade.ts';
import { embedFaces } from './face/embed-faces.ts';
import { checkEmbedder } from './face/embedding/embed.ts';
import { modelId } from './face/embedding/model-id.ts';
import { enrol } from './face/enrol.ts';
import type { Embedder } from './face/network.ts';
import type { Engine } from './face/pipeline.ts';
import { templateRates, verify, verifyTemplate } from './face/verify.ts';
import type { Models } from './http/context.ts';
import { openPicture } from './image/open.ts';
import { respond } from './login/challenge-response.ts';
import {
  cascadeCalibration,
  cascadeCard,
  isModel,
  MODELS,
  type ModelName,
} from './runtime/models.ts';
import { restoreRuntime } from './runtime/onnx.ts';

/** @param loadEngine the engine for a network that is deployed, the same at each call */
export function deployedModels(loadEngine: (name: ModelName) => Promise<Engine>): Models {
  return {
    async load(name) {
      const { fast, slow } = networksOf(name);
      const engine = await loadEngine(known(slow));
      const cascade = fast === undefined ? undefined : await loadCascade(fast, slow, loadEngine);
      const { embedder, calibration } = engine;
      const embedders = cascade === undefined ? [embedder] : [cascade.embedder, embedder];
      return {
        calibration,
        pairs: cascade?.pairs ?? verificationPoints(calibration),
        templateRates: (template) => templateRates(engine, template, cascade),
        verify: (input) => restoring(verify(engine, input, cascade)),
        verifyTemplate: (input) => restoring(verifyTemplate(engine, input, cascade)),
        enrol: (images, use) =>
          restoring(enrol(engine, images, use === 'search' ? undefined : cascade)),
        faces: (picture, choice, field) => restoring(embedFaces(engine, picture, choice, field)),
        inspect: (picture) => {
          openPicture(picture, engine.codecs);
        },
        respond: (input) => restoring(respond(engine, input)),
        check: () => restoring(checkEach(embedders)),
      };
    },
    card(name) {
      const { fast, slow } = networksOf(name);
      const { card } = MODELS[known(slow)];
      if (fast === undefined) return card;
      return { ...card, cascade: { model: name, ...cascadeCard(fast, slow) } };
    },
  };
}

/** The cascade of a fast network before this one. */
async function loadCascade(
  fast: string,
  slow: string,
  loadEngine: (name: ModelName) => Promise<Engine>,
): Promise<Cascade> {
  const scales = cascadeCalibration(fast, slow);
  const { embedder } = await loadEngine(known(fast));
  const fastId = modelId(MODELS[known(fast)].card);
  return { ...scales, name: cascadeName({ fast, slow }), embedder, fastId };
}

async function checkEach(embedders: readonly Embedder[]): Promise<void> {
  for (const embedder of embedders) await checkEmbedder(embedder);
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
  const deployed = Object.keys(MODELS).join(', ');
  const detail = `MODEL, or MODEL_PREVIOUS: no network ${name} is deployed here, only ${deployed}.`;
  throw new Refusal({ code: 'not_configured', detail });
}
