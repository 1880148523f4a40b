/** The Worker: the API, wired to the networks that are deployed with it. */
import { env } from 'cloudflare:workers';
import { createApp } from './app.ts';
import { deployedModels } from './deployed-models.ts';
import { networksOf } from './face/decision/cascade.ts';
import type { Env } from './http/context.ts';
import { loadEngine } from './runtime/engine.ts';
import { isModel } from './runtime/models.ts';

// Opened while the isolate starts, so that the first request does not wait for it. A failure is not
// kept: the first request tries again and answers for it. It can be switched off, because the
// platform allows a start 1 s of CPU, and refuses to deploy what takes longer.
if (env.EAGER_START === 'on') {
  for (const name of Object.values(networksOf((env as Pick<Env, 'MODEL'>).MODEL))) {
    if (isModel(name)) loadEngine(name).catch(() => {});
  }
}

export { GalleryDirectory } from './gallery/directory.ts';
export { Gallery } from './gallery/durable-object.ts';
export { Attempts } from './login/attempts.ts';

export default createApp(deployedModels(loadEngine));
