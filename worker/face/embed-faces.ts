/** A picture's faces with their embeddings: one by policy, or all up to `MAX_FACES`. */
import { atField } from '../errors.ts';
import { MAX_FACES } from '../limits.ts';
import type { FaceChoice } from './detection/policy.ts';
import { type Embedding, embed } from './embedding/embed.ts';
import {
  type AlignedFace,
  detectAndAlign,
  detectAndAlignAll,
  type Engine,
  type FaceReport,
} from './pipeline.ts';

export interface EmbeddedFace {
  readonly report: FaceReport;
  readonly embedding: Embedding;
}

/**
 * Finds and embeds the faces of a picture.
 *
 * @param field of the request that the picture came in
 * @throws Refusal with this field
 */
export async function embedFaces(
  engine: Engine,
  bytes: Uint8Array,
  choice: FaceChoice,
  field: string,
): Promise<EmbeddedFace[]> {
  return atField(field, async () => {
    const faces: EmbeddedFace[] = [];
    for await (const { report, crop } of aligned(engine, bytes, choice)) {
      const [embedding] = await embed(engine.embedder, [crop]);
      faces.push({ report, embedding: embedding as Embedding });
    }
    return faces;
  });
}

async function* aligned(
  engine: Engine,
  bytes: Uint8Array,
  choice: FaceChoice,
): AsyncGenerator<AlignedFace> {
  if (choice === 'all') yield* detectAndAlignAll(engine, bytes, MAX_FACES);
  else yield await detectAndAlign(engine, bytes, choice);
}
