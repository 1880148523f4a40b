/** Times of repeated work, and what is told of them. */
import { percentile } from '../statistics/percentile.ts';

export interface Times {
  readonly runs: number;
  /** Milliseconds under which half, 95 and 99 in 100 of the runs are. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function timesOf(milliseconds: readonly number[]): Times {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(milliseconds, share));
  return { runs: milliseconds.length, p50, p95, p99 } as Times;
}
