/**
 * Embeddings kept between runs, where the variable EMBEDDINGS names a folder: a measurement that was
 * cut off goes on where it was, and one run can embed by networks that later ones report on.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { Journal, keyOf } from '../batch/journal.ts';
import { fromBase64, toBase64 } from '../batch/json-lines.ts';
import { faceModelSha256 } from '../engine/model-folder.ts';
import { runtimeSha256 } from '../engine/networks.ts';
import { sha256 } from '../engine/sha256.ts';
import type { Views } from './views.ts';

/** A picture by one network: its views, or the code of its refusal. */
export type Kept = { readonly views: Views; readonly quality: Quality } | { readonly code: string };

interface Line {
  /** Path of the picture below its source. */
  readonly key: string;
  readonly code?: string;
  readonly quality?: Quality;
  /** Base64 of 32-bit floats. */
  readonly views?: string;
}

export class EmbedStore {
  readonly #journal: Journal<Line> | undefined;

  /** @param faces choice of the face, on which the embedding hangs too */
  constructor(network: string, faces: string, folder = process.env.EMBEDDINGS) {
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const key = keyOf(sha256(network), ...runtimeSha256(), pipelineKey());
    this.#journal = new Journal(join(folder, `${key.slice(0, 16)}-${faces}.jsonl`));
  }

  get(file: string): Kept | undefined {
    const line = this.#journal?.find(file);
    if (line === undefined) return undefined;
    const { code, quality, views } = line;
    if (code !== undefined) return { code };
    return { quality: quality as Quality, views: fromBase64(views ?? '') };
  }

  put(file: string, kept: Kept): void {
    this.#journal?.add(
      'code' in kept ? { key: file, ...kept } : { key: file, ...kept, views: toBase64(kept.views) },
    );
  }
}

let pipeline: string | undefined;

/** Key of all that makes a crop of a picture: sources and codecs of `face/` and `image/`, and networks. */
function pipelineKey(): string {
  pipeline ??= keyOf(
    JSON.stringify(faceModelSha256()),
    ...['face', 'image'].flatMap((name) => {
      const folder = fileURLToPath(new URL(`../../worker/${name}/`, import.meta.url));
      const files = readdirSync(folder, { recursive: true, withFileTypes: true });
      return files
        .filter((file) => file.isFile())
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'base64'))
        .sort();
    }),
  );
  return pipeline;
}
