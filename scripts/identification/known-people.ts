/** Pictures of known people, embedded by a network through the Worker's own pipeline. */

import { isGood } from '../../worker/face/quality/enrolment-gates.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import type { Enrollable } from '../calibrate/template-comparisons.ts';
import type { Labelled } from '../dataset/people.ts';
import { byCode, embedAll, weaknessesOf } from '../evaluate/embed-all.ts';
import { faceOf, type Views } from '../evaluate/views.ts';

export interface KnownPeople extends Enrollable {
  /** Views that the embeddings are from. */
  readonly views: readonly (Views | undefined)[];
  /** Number of refused pictures by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Qualities of all others. */
  readonly qualities: readonly Quality[];
}

/** @param network its file */
export async function embedPeople(
  named: readonly Labelled[],
  network: string,
): Promise<KnownPeople> {
  const places = new Map(named.map(({ file, place }) => [file, place]));
  const gallery = await embedAll(places, 'largest', [network]);
  const { qualities, refused } = gallery;
  const views = named.map(({ file }) => gallery.views[0]?.get(file));
  return {
    embeddings: views.map((of) => of && faceOf(of)),
    views,
    persons: named.map(({ person }) => person),
    weaknesses: named.map(({ file }) => weaknessesOf(gallery, file)),
    good: named.map(({ file }) => isGood(qualities.get(file))),
    refused: byCode(refused),
    qualities: [...qualities.values()],
  };
}
