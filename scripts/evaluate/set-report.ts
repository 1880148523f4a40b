/** Report of a model on one set of pictures. */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import type { GateReport } from '../calibrate/gate-report.ts';
import { Mistake } from '../mistake.ts';
import { codes } from '../report/format.ts';
import { type AllPairs, allPairs, bootstrap, type Labelled } from '../statistics/all-pairs.ts';
import { type FoldAccuracy, foldAccuracy, type Judged } from '../statistics/folds.ts';
import { clopperPearson, exactAtEnds, type Interval, wilson } from '../statistics/intervals.ts';
import {
  areaUnderCurve,
  countWithin,
  histogram,
  type RocPoint,
  rocCurve,
  shareWithin,
  sorted,
  thresholdAt,
} from '../statistics/metrics.ts';
import type { ValDifference } from '../statistics/paired.ts';
import { byCode, type Refused } from './embed-all.ts';

export interface RateReport {
  /** The rate asked for; the threshold's own, measured on this set, is `impostorPairs` / all. */
  readonly far: number;
  readonly threshold: number;
  /** Impostor pairs at or below the threshold: what the false-accept rate rests on. */
  readonly impostorPairs: number;
  readonly farInterval: Interval;
  readonly val: number;
  readonly valInterval: Interval;
}

export interface SetReport {
  readonly set: string;
  readonly pictures: number;
  readonly identities?: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly refused: {
    /** Pictures. */
    readonly count: number;
    readonly byCode: Readonly<Record<string, number>>;
    readonly files: readonly Refused[];
  };
  /** Pairs without a decision: a picture was refused, or both share a weakness. */
  readonly refusedPairs?: number;
  readonly accuracy?: FoldAccuracy;
  readonly auc: number;
  /** VAL at thresholds taken from this very set, as FaceNet reports VAL at a FAR. */
  readonly rates: readonly RateReport[];
  /**
   * VAL and FAR at the shipped thresholds: what a user of the model would have seen on this set.
   */
  readonly shipped: readonly RateReport[];
  /** Method of the intervals. */
  readonly intervals: 'Wilson and Clopper-Pearson over pairs' | 'bootstrap over identities';
  readonly templates?: TemplateReport;
  /** VAL less that of the first network on the same pictures. */
  readonly againstFirst?: readonly ValDifference[];
}

/** The same pairs with each reference as a template of one picture: as 128 bytes. */
export interface TemplateReport {
  readonly accuracy?: FoldAccuracy;
  readonly auc: number;
  readonly rates: readonly RateReport[];
  /** VAL and FAR at the shipped thresholds of templates of one picture. */
  readonly shipped: readonly RateReport[];
  /** Most that any pair's squared distance moved by. */
  readonly largestChange: number;
  /** Pictures among all that enrolment would have refused. */
  readonly gates: GateReport;
}

/** Points of the plots; too long for the report itself. */
export interface Curves {
  readonly roc: readonly RocPoint[];
  /** Shares of pairs by distance, in bins of `BIN`. */
  readonly genuine: readonly number[];
  readonly impostors: readonly number[];
}

export const BIN = 0.05;

export interface Reported {
  readonly report: SetReport;
  readonly curves: Curves;
}

interface Common {
  readonly set: string;
  readonly pictures: number;
  readonly refused: readonly Refused[];
  readonly shipped: readonly Rate[];
}

/**
 * Report of a list of pairs with folds (LFW).
 *
 * @throws Mistake where the list has no pair of one person, or none of two
 */
export function reportPairs(
  pairs: readonly Judged[],
  fars: readonly number[],
  common: Common,
): Reported {
  const of = (same: boolean) =>
    sorted(
      pairs.filter((pair) => pair.same === same).map((p) => p.distance ?? Number.POSITIVE_INFINITY),
    );
  const genuine = of(true);
  const impostors = of(false);
  if (genuine.length === 0 || impostors.length === 0) {
    throw new Mistake(`${common.set}: the list has no pair of ${missing(genuine)}`);
  }
  const at = (far: number, threshold: number): RateReport => {
    const accepted = countWithin(impostors, threshold);
    const right = countWithin(genuine, threshold);
    return {
      far,
      threshold,
      impostorPairs: accepted,
      farInterval: clopperPearson(accepted, impostors.length),
      val: right / genuine.length,
      valInterval: wilson(right, genuine.length),
    };
  };
  const folds = new Set(pairs.map(({ fold }) => fold)).size;
  return {
    report: {
      ...head(common, genuine.length, impostors.length),
      refusedPairs: pairs.filter(({ distance }) => distance === undefined).length,
      ...(folds > 1 ? { accuracy: foldAccuracy(pairs) } : {}),
      auc: areaUnderCurve(genuine, impostors),
      rates: thresholds(impostors, fars).map(({ far, threshold }) => at(far, threshold)),
      shipped: common.shipped.map(({ far, threshold }) => at(far, threshold)),
      intervals: 'Wilson and Clopper-Pearson over pairs',
    },
    curves: curves({ genuine, impostors }),
  };
}

/**
 * Report of all pairs of labelled pictures.
 *
 * @throws Mistake where usable pictures make no pair of one person, or none of two
 */
export function reportAllPairs(set: Labelled, fars: readonly number[], common: Common): Reported {
  const pairs = allPairs(set);
  const { genuine, impostors } = pairs;
  if (genuine.length === 0 || impostors.length === 0) {
    throw new Mistake(
      `${common.set}: the pictures that can be used make no pair of ${missing(genuine)}; ` +
        `refused: ${codes(byCode(common.refused)) || 'none'}`,
    );
  }
  const own = thresholds(impostors, fars);
  const asked = [...own, ...common.shipped];
  const uncertainty = bootstrap(
    set,
    asked.map(({ threshold }) => threshold),
    pairs,
  );
  const all = asked.map(({ far, threshold }, i) => {
    const { farInterval, valInterval } = uncertainty[i] as (typeof uncertainty)[number];
    const hits = countWithin(impostors, threshold);
    const accepted = countWithin(genuine, threshold);
    return {
      far,
      threshold,
      impostorPairs: hits,
      farInterval: exactAtEnds(farInterval, hits, impostors.length),
      val: shareWithin(genuine, threshold),
      valInterval: exactAtEnds(valInterval, accepted, genuine.length),
    };
  });
  return {
    report: {
      ...head(common, genuine.length, impostors.length),
      identities: new Set(set.persons).size,
      auc: areaUnderCurve(genuine, impostors),
      rates: all.slice(0, own.length),
      shipped: all.slice(own.length),
      intervals: 'bootstrap over identities',
    },
    curves: curves(pairs),
  };
}

/** Kind of pairs that there are none of, where one is missing. */
function missing(genuine: Float64Array): string {
  return genuine.length === 0 ? 'one person' : 'two people';
}

function thresholds(impostors: Float64Array, fars: readonly number[]) {
  return fars.flatMap((far) => {
    const at = thresholdAt(impostors, far);
    return at === undefined ? [] : [{ far, ...at }];
  });
}

function head({ set, pictures, refused }: Common, genuinePairs: number, impostorPairs: number) {
  return {
    set,
    pictures,
    genuinePairs,
    impostorPairs,
    refused: { count: refused.length, byCode: byCode(refused), files: refused },
  };
}

function curves({ genuine, impostors }: AllPairs): Curves {
  return {
    roc: rocCurve(genuine, impostors),
    genuine: histogram(genuine, BIN),
    impostors: histogram(impostors, BIN),
  };
}
