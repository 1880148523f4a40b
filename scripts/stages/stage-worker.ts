/** A Worker that runs one stage of the pipeline many times, for the tool `stages`. */
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
    if (!isModel(MODEL)) return new Response(null, { status: 500 });
    if (request.method === 'PUT') {
      const bytes = new Uint8Array(await request.arrayBuffer());
      stages = await stagesOf(await loadEngine(MODEL), bytes);
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
