/** Known people grouped and searched by the embeddings of a pack's crops (`npm run tool -- teach`). */
import { CLUSTER_FAR } from '../../worker/limits.ts';
import { openPack, readNotes, readTeacher } from '../dataset/pack.ts';
import { Mistake } from '../mistake.ts';
import { allPairs } from '../statistics/all-pairs.ts';
import { thresholdAt } from '../statistics/metrics.ts';
import { type GroupingScores, groupAll, rankOneHits, scoreGroups, shareOf } from './grouping.ts';

export interface PackGrouping extends GroupingScores {
  /** Share of crops whose nearest other one is of the same person. */
  readonly rank1: number;
  /** True for each crop of which that is so. */
  readonly hits: readonly boolean[];
  /** Person of each crop. */
  readonly persons: readonly string[];
}

/**
 * Groups all crops up to the threshold that these people's impostor pairs give this network, for no
 * other would be fair to networks that nobody calibrated.
 *
 * @param name of `teacher-NAME.f32`, unit rows of `dimension` floats
 * @throws Mistake where there are too few people for a threshold
 */
export function groupPack(folder: string, name: string, dimension: number): PackGrouping {
  const persons = readNotes(folder).map(({ file, person }) => person ?? file);
  const set = { persons, embeddings: readTeacher(openPack(folder), name, dimension) };
  const at = thresholdAt(allPairs(set).impostors, CLUSTER_FAR);
  if (at === undefined) throw new Mistake(`${folder} has too few people for a threshold`);
  const hits = rankOneHits(set);
  return {
    rank1: shareOf(hits),
    hits,
    persons,
    ...scoreGroups(groupAll(set, at.threshold), persons),
  };
}
