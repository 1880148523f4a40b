/** Times of repeated work, and what is told of them. */

export interface Times {
  readonly runs: number;
  /** Milliseconds under which half, 95 and 99 in 100 of the runs are. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Value under which so large a share lies (nearest rank).
 *
 * @param share 0 to 1
 * @throws RangeError where there is no value
 */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] as number;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function timesOf(milliseconds: readonly number[]): Times {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(milliseconds, share));
  return { runs: milliseconds.length, p50, p95, p99 } as Times;
}
