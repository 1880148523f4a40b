/** Refusals of the quality gates of enrolment and login, over many pictures. */
import {
  GATES,
  type GateFailure,
  gateFailures,
} from '../../worker/face/quality/enrolment-gates.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { type Interval, wilson } from '../statistics/intervals.ts';

export interface GateReport {
  readonly limits: typeof GATES;
  /** Pictures in which the face was found. */
  readonly pictures: number;
  readonly refused: number;
  /** Interval of the share refused; Wilson, 95 %. */
  readonly interval: Interval;
  /** A picture may have several. */
  readonly byReason: Readonly<Partial<Record<GateFailure, number>>>;
}

export function reportGates(qualities: Iterable<Quality>): GateReport {
  let pictures = 0;
  let refused = 0;
  const byReason: Partial<Record<GateFailure, number>> = {};
  for (const quality of qualities) {
    const reasons = gateFailures(quality);
    pictures++;
    if (reasons.length > 0) refused++;
    for (const reason of reasons) byReason[reason] = (byReason[reason] ?? 0) + 1;
  }
  return { limits: GATES, pictures, refused, interval: wilson(refused, pictures), byReason };
}
