/** The calibration of a model, `model/NAME/calibration.json`, and its parts. */
import type {
  Calibration,
  EarlyExit,
  IdentificationPoints,
  IdentificationRate,
  Rate,
  TemplateOperatingPoints,
} from '../../worker/face/decision/calibration.ts';
import type { FaceModelSha256 } from '../engine/model-folder.ts';
import type { Interval } from '../statistics/intervals.ts';
import type { ValDifference } from '../statistics/paired.ts';
import type { GateReport } from './gate-report.ts';

export interface CalibratedRate extends Rate {
  readonly valInterval: Interval;
  readonly farInterval: Interval;
  /** Impostor pairs at or below the threshold. */
  readonly impostorPairs: number;
}

/** Early exit with the intervals of its rates. */
export interface CalibratedExit extends EarlyExit {
  readonly points: {
    readonly rates: readonly CalibratedRate[];
    readonly largestImpostorDistance: number;
  };
}

/** Early exit of two pictures. */
export interface CalibratedPairExit extends CalibratedExit {
  /** Shares of the pairs of one person, and of two, whose mirror images are embedded too. */
  readonly mirrored: { readonly genuine: number; readonly impostors: number };
  /** VAL less that of full embeddings. */
  readonly againstFull: readonly ValDifference[];
}

export interface Dropped {
  readonly identity: string;
  readonly because: string;
}

/** Thresholds that the Worker needs, and where they come from. */
export interface CalibrationFile extends Calibration, FaceModelSha256 {
  readonly model: string;
  /** SHA-256 of network.onnx: these thresholds mean nothing for any other weights. */
  readonly sha256: string;
  readonly data: string;
  readonly identities: number;
  readonly pictures: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly dropped: readonly Dropped[];
  readonly rates: readonly CalibratedRate[];
  readonly earlyExit?: CalibratedPairExit | undefined;
  readonly templates: readonly CalibratedTemplates[];
  /** Larger templates than have thresholds of their own, at the largest ones' thresholds. */
  readonly beyond?: Beyond | undefined;
  /** Pictures among these that enrolment would have refused. */
  readonly gates: GateReport;
  readonly intervals: string;
  /** People that intervals of FPIR are drawn over; absent in calibrations of before: those searched for. */
  readonly searchIntervals?: string | undefined;
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

export interface CalibratedTemplates extends TemplateOperatingPoints {
  readonly rates: readonly CalibratedRate[];
  readonly earlyExit?: CalibratedExit | undefined;
  /** Searches among many; a calibration of an earlier version has none. */
  readonly identification?: readonly CalibratedIdentification[];
  /** People who have such a template, and their templates. */
  readonly people: number;
  readonly templates: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Sets of so many good pictures that enrolment took for several people: no templates. */
  readonly notOnePerson: number;
}

/** More pictures than were calibrated, at the thresholds of the most that were. */
export interface Beyond {
  readonly pictures: number;
  readonly impostorPairs: number;
  readonly rates: readonly {
    readonly far: number;
    readonly accepted: number;
    /** Clopper and Pearson, 95 %: of comparisons that share people, so rather too narrow. */
    readonly interval: Interval;
  }[];
}

export interface CalibratedIdentificationRate extends IdentificationRate {
  /** Searches within the threshold: what the rate rests on. */
  readonly falseIdentifications: number;
  /** 95 %, bootstrap over the people that `searchIntervals` tells. */
  readonly fpirInterval: Interval;
  /** False-negative identification rate: the share of searches for people in the gallery that do not
   * name them, refused pictures among them. */
  readonly fnir: number;
  readonly fnirInterval: Interval;
}

export interface CalibratedIdentification extends IdentificationPoints {
  readonly rates: readonly CalibratedIdentificationRate[];
  /** Searches for people who are not in the gallery, and for people who are. */
  readonly searches: number;
  readonly matedSearches: number;
  /** The share of searches for people in the gallery in which they come first. */
  readonly rank1: number;
}
