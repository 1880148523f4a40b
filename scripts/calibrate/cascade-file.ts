/** File of a cascade: `model/cascades/FAST+SLOW.json`. */
import type { CascadeRule } from '../../worker/face/decision/cascade.ts';
import type { ValDifference } from '../statistics/paired.ts';
import type { Beyond, CalibratedRate } from './calibration-file.ts';

/** Thresholds of a cascade that the Worker needs, and where they come from. */
export interface CascadeFile {
  readonly fast: string;
  readonly slow: string;
  /** SHA-256 of both networks: the thresholds mean nothing for others. */
  readonly fastSha256: string;
  readonly slowSha256: string;
  readonly rule: CascadeRule;
  /** Distance by the fast network up to which its "same" is taken, of two pictures. */
  readonly near: number;
  readonly rates: readonly CalibratedRate[];
  readonly largestImpostorDistance: number;
  readonly data: string;
  readonly identities: number;
  readonly pictures: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Shares of the pairs of one person, and of two, that are deferred to the slow network. */
  readonly asked: Shares;
  /** The same of pairs whose mirror images it embeds. */
  readonly mirrored: Shares;
  /** VAL less that of the slow network alone. */
  readonly againstSlow: readonly ValDifference[];
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

/** Templates that both networks have seen the pictures of. */
export interface CascadeTemplates {
  readonly pictures: number;
  /** The same of a template and a picture. */
  readonly near: number;
  readonly rates: readonly CalibratedRate[];
  readonly largestImpostorDistance: number;
  /** People who have such a template, and their templates. */
  readonly people: number;
  readonly templates: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly asked: Shares;
  readonly againstSlow: readonly ValDifference[];
}

export interface Shares {
  readonly genuine: number;
  readonly impostors: number;
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
