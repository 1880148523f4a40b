/** Grouping of known people at each shipped rate: `model/NAME/grouping.json`. */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import { CLUSTER_FAR } from '../../worker/limits.ts';
import type { FaceModelSha256 } from '../engine/model-folder.ts';
import type { Labelled } from '../statistics/all-pairs.ts';
import { type GroupingScores, groupAll, rankOne, scoreGroups } from './grouping.ts';

export interface GroupingReport {
  readonly identities: number;
  readonly pictures: number;
  /** Pictures whose nearest other one is of the same person. */
  readonly rank1: number;
  /** The rate that `/v1/clusters` and `sort` take by default. */
  readonly byDefault: number;
  readonly rates: readonly (GroupingScores & {
    readonly far: number;
    readonly threshold: number;
  })[];
}

export interface GroupingFile extends GroupingReport, FaceModelSha256 {
  readonly model: string;
  /** SHA-256 of network.onnx. */
  readonly sha256: string;
  readonly data: string;
  readonly refused: Readonly<Record<string, number>>;
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

/** @param shipped the model's calibrated rates of pairs */
export function reportGrouping(set: Labelled, shipped: readonly Rate[]): GroupingReport {
  return {
    identities: new Set(set.persons).size,
    pictures: set.persons.length,
    rank1: rankOne(set),
    byDefault: CLUSTER_FAR,
    rates: shipped.map(({ far, threshold }) => ({
      far,
      threshold,
      ...scoreGroups(groupAll(set, threshold), set.persons),
    })),
  };
}
