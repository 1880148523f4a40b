/** A gallery under load, over HTTP, for `gallery-times`: what happens inside is timed from outside. */
import calibration from '../../model/mobilefacenet-int8/calibration.json';
import { cluster } from '../../worker/face/cluster.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import { quantize } from '../../worker/face/embedding/template.ts';
import { type Gallery, openGallery } from '../../worker/gallery/durable-object.ts';
import { keyRing, type SealConfig } from '../../worker/login/sealed-token.ts';
import { openAnyTemplate, sealTemplate } from '../../worker/login/template-token.ts';
import { random } from '../statistics/intervals.ts';

export { GalleryDirectory } from '../../worker/gallery/directory.ts';
export { Gallery } from '../../worker/gallery/durable-object.ts';
export { Attempts } from '../../worker/login/attempts.ts';

interface Env extends SealConfig {
  readonly GALLERY: DurableObjectNamespace<Gallery>;
}

const MODEL = 'bench';

const TERMS = { model: MODEL, fpir: 0.01, calibration };

/** `/fill?from=&count=`, `/search?times=&gallery=`, `/cluster?times=`, `/open?times=`. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string) => Number(searchParams.get(name) ?? 0);
    const gallery = openGallery(env, 'bench', searchParams.get('gallery') ?? 'bench');
    switch (pathname) {
      case '/fill': {
        const entries = Array.from({ length: number('count') }, (_, i) => ({
          subject: `subject-${number('from') + i}`,
          enrolledAt: 0,
          templates: [
            { model: MODEL, pictures: 1 + (i % 5), embedding: quantize(unit(number('from') + i)) },
          ],
        }));
        return Response.json(await gallery.putAll(entries));
      }
      case '/search': {
        let found: unknown = null;
        for (let i = 0; i < number('times'); i++) found = await gallery.search(unit(i), TERMS, 1);
        return Response.json(found);
      }
      case '/cluster': {
        const faces = Array.from({ length: 64 }, (_, i) => ({ embedding: unit(i) }));
        let groups = 0;
        for (let i = 0; i < number('times'); i++) groups = cluster(faces, 1.9).length;
        return Response.json(groups);
      }
      case '/open': {
        const keys = await keyRing(env);
        const bounds = { tenant: 't', subject: 'subject', model: MODEL, pictures: 1 };
        const times = { issuedAt: 0, expiresAt: 2 ** 40 };
        const embedding = quantize(unit(1));
        const fast = { model: MODEL, embedding };
        const token = await sealTemplate({ ...bounds, ...times, embedding, fast }, keys);
        const use = { tenant: 't', modelOf: (id: string) => id, now: 0, field: 'templates' };
        for (let i = 0; i < number('times'); i++) await openAnyTemplate(token, use, keys);
        return Response.json(token.length);
      }
      default:
        return new Response(null, { status: 404 });
    }
  },
};

function unit(seed: number): Float32Array {
  const next = random(seed);
  const vector = Float32Array.from({ length: DIMENSION }, () => next() + next() - 1);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
