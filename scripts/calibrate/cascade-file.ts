/** File of a cascade: `model/cascades/FAST+SLOW.json`. */
import type { CascadeRate, CascadeRule } from '../../worker/face/decision/cascade.ts';
import type { ValDifference } from '../statistics/paired.ts';
import type { Shares } from '../statistics/recorded-comparisons.ts';
import type { Beyond, CalibratedRate } from './calibration-file.ts';

/** Thresholds of a cascade that the Worker needs, and where they come from. */
export interface CascadeFile {
  readonly fast: string;
  readonly slow: string;
  /** SHA-256 of both networks: the thresholds mean nothing for others. */
  readonly fastSha256: string;
  readonly slowSha256: string;
  readonly rule: CascadeRule;
  /** Rates of two pictures. */
  readonly rates: readonly CalibratedCascadeRate[];
  readonly data: string;
  readonly identities: number;
  readonly pictures: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Templates by their number of pictures, ascending. */
  readonly templates: readonly CascadeTemplates[];
  /** Templates of more pictures, which take the thresholds of the last. */
  readonly beyond?: Beyond | undefined;
  readonly lfw: readonly LfwRow[];
  /** False accepts within origins: the cascade's and the slow network's. */
  readonly origins: readonly OriginRow[];
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

/** A rate of a cascade, as it was measured. */
export interface CalibratedCascadeRate extends CalibratedRate, CascadeRate {
  /** Shares of the comparisons of one person, and of two, that are deferred to the slow network. */
  readonly deferred: Shares;
  /** The same of comparisons whose mirror images it embeds; of two pictures. */
  readonly mirrored?: Shares | undefined;
  /** VAL less that of the slow network alone. */
  readonly againstSlow?: ValDifference | undefined;
}

/** Templates that both networks have seen the pictures of. */
export interface CascadeTemplates {
  readonly pictures: number;
  readonly rates: readonly CalibratedCascadeRate[];
  /** People who have such a template, and their templates. */
  readonly people: number;
  readonly templates: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
}

export interface LfwRow {
  readonly who: string;
  readonly accuracy: number;
  readonly error: number;
  readonly auc: number;
  /** Share of the pairs of one person that are accepted at a false-accept rate of 1e-3. */
  readonly val: number;
}

export interface OriginRow {
  readonly origin: string;
  readonly pictures: number;
  readonly rates: readonly {
    readonly far: number;
    readonly cascade: number;
    readonly slow: number;
  }[];
}
