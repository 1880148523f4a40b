/** A Worker that runs one stage of the pipeline many times, for the tool `stages`. */
import { networksOf } from '../../worker/face/decision/cascade.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import { loadEngine } from '../../worker/runtime/engine.ts';
import { isModel } from '../../worker/runtime/models.ts';
import { type Stage, type StageName, stagesOf } from './stages.ts';

export { GalleryDirectory } from '../../worker/gallery/directory.ts';
export { Gallery } from '../../worker/gallery/durable-object.ts';
export { Attempts } from '../../worker/login/attempts.ts';

let stages: Record<StageName, Stage> | undefined;

/** PUT brings a picture; `GET ?stage=&runs=` runs a stage of it. */
export default {
  async fetch(request: Request, { MODEL }: { readonly MODEL: string }): Promise<Response> {
    const { fast, slow } = networksOf(MODEL);
    if (request.method === 'PUT') {
      const bytes = new Uint8Array(await request.arrayBuffer());
      const first = fast === undefined ? undefined : (await engineOf(fast)).embedder;
      stages = await stagesOf(await engineOf(slow), bytes, first);
      return Response.json({});
    }
    const { searchParams } = new URL(request.url);
    const stage = stages?.[searchParams.get('stage') as StageName];
    if (stage === undefined) return new Response(null, { status: 404 });
    const runs = Number(searchParams.get('runs'));
    for (let i = 0; i < runs; i++) await stage();
    return Response.json({});
  },
};

function engineOf(name: string): Promise<Engine> {
  if (!isModel(name)) throw new Error(`${name} is not deployed`);
  return loadEngine(name);
}
