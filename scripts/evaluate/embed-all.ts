/** Embeds many pictures on all cores through the Worker's own pipeline, with a progress line. */
import { availableParallelism } from 'node:os';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { type Weakness, weaknesses } from '../../worker/face/quality/quality-floor.ts';
import { Pool } from '../batch/pool.ts';
import { Progress } from '../batch/progress.ts';
import type { Place } from '../dataset/pictures.ts';
import { EmbedStore, type Kept } from './embed-store.ts';
import type { Embedded, EmbedTask } from './embed-worker.ts';
import { cropOf, faceOf, type Views } from './views.ts';

export interface Refused {
  readonly file: string;
  readonly code: string;
}

export interface Gallery {
  /** Views by network in turn, of each picture by name; refused ones are absent. */
  readonly views: readonly ReadonlyMap<string, Views>[];
  /** Quality of each picture by name; refused ones are absent. */
  readonly qualities: ReadonlyMap<string, Quality>;
  /** Refused pictures, in the order of their names. */
  readonly refused: readonly Refused[];
}

/** Loading the runtime in a thread takes as long as some ten pictures. */
const PICTURES_PER_THREAD = 16;

/**
 * @param pictures by name; a name that has no place is refused as `not_found`
 * @throws Error for anything but a refusal: a figure over half of the pictures is no figure
 */
export async function embedAll(
  pictures: ReadonlyMap<string, Place | undefined>,
  faces: EmbedTask['faces'],
  networks: readonly string[],
): Promise<Gallery> {
  const views = networks.map(() => new Map<string, Views>());
  const qualities = new Map<string, Quality>();
  const refused: Refused[] = [];
  const stores = networks.map((network) => new EmbedStore(network, faces));
  const take = (file: string, k: number, kept: Kept) => {
    if ('code' in kept) {
      if (k === 0) refused.push({ file, code: kept.code });
      return;
    }
    views[k]?.set(file, kept.views);
    qualities.set(file, kept.quality);
  };
  const present: string[] = [];
  const missing = new Map<string, number[]>();
  for (const [file, place] of pictures) {
    if (place === undefined) {
      refused.push({ file, code: 'not_found' });
      continue;
    }
    present.push(file);
    for (const [k, store] of stores.entries()) {
      const kept = store.get(file);
      if (kept !== undefined) take(file, k, kept);
      else missing.set(file, [...(missing.get(file) ?? []), k]);
    }
  }
  const threads = Math.ceil(missing.size / PICTURES_PER_THREAD);
  const pool = new Pool<EmbedTask, Embedded>(
    new URL('./embed-worker.ts', import.meta.url),
    Math.max(1, Math.min(availableParallelism(), threads)),
  );
  const progress = new Progress(present.length, 'pictures', present.length - missing.size);
  try {
    await pool.map(
      [...missing],
      ([file, own]) => ({
        place: pictures.get(file) as Place,
        faces,
        networks: own.map((k) => networks[k] as string),
      }),
      ([file, own], result) => {
        progress.add(1);
        for (const [i, k] of own.entries()) {
          const kept =
            'code' in result
              ? result
              : { quality: result.quality, views: result.views[i] as Views };
          stores[k]?.put(file, kept);
          take(file, k, kept);
        }
      },
    );
  } finally {
    await pool.close();
  }
  progress.end();
  // Results come in no fixed order.
  return { views, qualities, refused: refused.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** Embeddings of faces, from their views. */
export function facesOf(views: ReadonlyMap<string, Views>): Map<string, Float32Array> {
  return new Map([...views].map(([file, of]) => [file, faceOf(of)]));
}

/** Embeddings of crops alone, from views. */
export function cropsOf(views: ReadonlyMap<string, Views>): Map<string, Float32Array> {
  return new Map([...views].map(([file, of]) => [file, cropOf(of)]));
}

/** Weaknesses of a picture, none for a refused one: two pictures that share one are not decided on. */
export function weaknessesOf({ qualities }: Pick<Gallery, 'qualities'>, file: string): Weakness[] {
  const quality = qualities.get(file);
  return quality === undefined ? [] : weaknesses(quality);
}

/** Number of pictures refused with each code. */
export function byCode(refused: readonly Refused[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of refused) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
