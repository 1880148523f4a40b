/** `POST /v1/clusters`: the faces of some pictures, grouped by person. */
import type { Handler } from 'hono';
import { Refusal } from '../errors.ts';
import { cluster } from '../face/cluster.ts';
import type { EmbeddedFace } from '../face/embed-faces.ts';
import { floorFailures, weaknesses } from '../face/quality/quality-floor.ts';
import type { Valid } from '../http/body.ts';
import type { Api, Model, Models } from '../http/context.ts';
import { CLUSTER_FAR, MAX_CLUSTER_FACES } from '../limits.ts';
import type { Clusters } from './clusters.docs.ts';
import type { CLUSTER } from './clusters.request.ts';
import { resolveFar } from './far.ts';
import { currentModel } from './serving.ts';

export const clusters =
  (models: Models): Handler<Api, string, Valid<typeof CLUSTER>> =>
  async (c) => {
    const { image, far, collages = false } = c.req.valid('form');
    const model = await c.get('load')(c.env.MODEL);
    const { far: rate, threshold } = resolveFar(far, CLUSTER_FAR, model.calibration);
    const { faces, refused } = await facesOf(image, model);
    const judged = faces.map((face, i) => ({
      ...face,
      i,
      reasons: floorFailures(face.report.quality),
    }));
    const decided = judged.filter(({ reasons }) => reasons.length === 0);
    const groups = cluster(
      decided.map(({ embedding, image, report: { quality } }) => ({
        embedding,
        weaknesses: weaknesses(quality),
        picture: collages ? undefined : image,
      })),
      threshold,
    ).filter((group) => group.length > 1);
    const groupOf = new Map(groups.flatMap((group, g) => group.map((k) => [decided[k]?.i, g])));
    const answer: Clusters = {
      faces: judged.map(({ image, report: face, reasons }, i) => ({
        image,
        group: groupOf.get(i) ?? null,
        ...(reasons.length > 0 && { reasons }),
        face,
      })),
      groups: groups.length,
      refused,
      far: rate,
      threshold,
      model: currentModel(models, c.env).id,
    };
    return c.json(answer);
  };

/** The faces of all pictures; one that cannot be used does not spoil the others. */
async function facesOf(images: readonly Uint8Array[], model: Model) {
  const faces: (EmbeddedFace & { readonly image: number })[] = [];
  const refused: { image: number; code: string }[] = [];
  for (const [image, picture] of images.entries()) {
    try {
      const found = await model.faces(picture, 'all', `image[${image}]`);
      for (const face of found) faces.push({ ...face, image });
    } catch (error) {
      if (!(error instanceof Refusal) || error.isOurs) throw error;
      refused.push({ image, code: error.failure.code });
    }
    if (faces.length > MAX_CLUSTER_FACES) {
      const detail = `The pictures have more than ${MAX_CLUSTER_FACES} faces.`;
      throw new Refusal({ code: 'invalid_request', detail, field: 'image' });
    }
  }
  return { faces, refused };
}
