/** Kinds of pictures made worse, counted for `floor`: decisions on the pairs of different people. */
import type { Quality } from '../../worker/face/quality/quality.ts';
import { floorFailures, undecidedReasons } from '../../worker/face/quality/quality-floor.ts';
import type { Views } from '../evaluate/views.ts';
import type { FloorKind, FloorPairs } from '../report/floor-section.ts';
import type { Distance } from '../statistics/all-pairs.ts';
import type { Degraded } from './degrade-worker.ts';
import { DEGRADATIONS, type Degradation, isChanged } from './picture-degradations.ts';

export interface Shot {
  readonly person: string;
  readonly result: Degraded;
}

/** A face of a person, and its vector. */
interface Found {
  readonly person: string;
  readonly quality: Quality;
  readonly embedding: Float32Array;
}

/** A way to decide on pairs: by one network, or by a cascade of two. */
export interface Judge {
  /** Vector of a picture, from its views by each network. */
  readonly of: (views: readonly Views[]) => Float32Array;
  readonly distance: Distance;
  readonly threshold: number;
}

/** Pairs of the pictures in which a face was found. */
export function pairsOf(shots: readonly Shot[]): number {
  const found = shots.filter(({ result }) => !('code' in result)).length;
  return (found * (found - 1)) / 2;
}

/** @param all shots by kind */
export function kindsOf(all: readonly (readonly Shot[])[], judge: Judge): FloorKind[] {
  const faces = all.map((shots) =>
    shots.flatMap(({ person, result }): Found[] =>
      'code' in result
        ? []
        : [{ person, quality: result.quality, embedding: judge.of(result.views) }],
    ),
  );
  const asTheyAre = faces[DEGRADATIONS.findIndex((kind) => !isChanged(kind))] ?? [];
  return faces.map((found, i) => ({
    name: (DEGRADATIONS[i] as Degradation).name,
    pictures: (all[i] as readonly Shot[]).length,
    found: found.length,
    belowFloor: found.filter(({ quality }) => floorFailures(quality).length > 0).length,
    both: count(
      found.flatMap((a, i) => found.slice(0, i).map((b) => [a, b] as const)),
      judge,
    ),
    one: count(
      found.flatMap((a) => asTheyAre.map((b) => [b, a] as const)),
      judge,
    ),
  }));
}

/** Decisions on the pairs of different people. */
function count(
  pairs: readonly (readonly [Found, Found])[],
  { distance, threshold }: Judge,
): FloorPairs {
  const counts = { pairs: 0, sameWithout: 0, answered: 0, same: 0 };
  for (const [a, b] of pairs) {
    if (a.person === b.person) continue;
    counts.pairs++;
    const isSame = distance(a.embedding, b.embedding) <= threshold;
    if (isSame) counts.sameWithout++;
    if (undecidedReasons(a.quality, b.quality) !== undefined) continue;
    counts.answered++;
    if (isSame) counts.same++;
  }
  return counts;
}
