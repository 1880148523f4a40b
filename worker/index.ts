/** The Worker: the API, wired to the networks that are deployed with it. */
import { env } from 'cloudflare:workers';
import { createApp } from './app.ts';
import { Refusal } from './errors.ts';
import { checkEmbedder } from './face/embed.ts';
import { enrol } from './face/enrol.ts';
import { embedFaces } from './face/faces.ts';
import { verify, verifyTemplate } from './face/verify.ts';
import { openPicture } from './image/open.ts';
import { respond } from './login/liveness.ts';
import { forgetEngine, isModel, loadEngine } from './runtime/engine.ts';
import { MODELS, type ModelName } from './runtime/models.ts';

// Made while the isolate starts, so that the first request does not wait for it. A failure is not
// kept: the first request tries again and answers for it. It can be switched off, because the
// platform allows a start 1 s of CPU, and refuses to deploy what takes longer.
if (env.EAGER_START === 'on' && isModel(env.MODEL)) loadEngine(env.MODEL).catch(() => {});

export { Gallery } from './gallery/durable-object.ts';
export { Attempts } from './login/attempts.ts';

export default createApp({
  async load(name) {
    const engine = await loadEngine(known(name));
    /** A trap leaves a network that fails from then on. */
    const renewing = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        if (!(error instanceof Refusal)) forgetEngine(known(name));
        throw error;
      }
    };
    return {
      calibration: engine.calibration,
      verify: (input) => renewing(verify(engine, input)),
      verifyTemplate: (input) => renewing(verifyTemplate(engine, input)),
      enrol: (images) => renewing(enrol(engine, images)),
      faces: (picture, choice, field) => renewing(embedFaces(engine, picture, choice, field)),
      inspect: (picture) => {
        openPicture(picture, engine.codecs);
      },
      respond: (input) => renewing(respond(engine, input)),
      check: () => renewing(checkEmbedder(engine.embedder)),
    };
  },
  card: (name) => MODELS[known(name)].card,
});

function known(name: string): ModelName {
  if (isModel(name)) return name;
  throw new Refusal({ code: 'not_configured', detail: 'MODEL names no network deployed here.' });
}
