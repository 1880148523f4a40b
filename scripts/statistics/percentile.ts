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

/**
 * Median: of an even number of values the mean of the middle two, for of two values one would be the least.
 *
 * @throws RangeError where there is no value
 */
export function median(values: readonly number[]): number {
  const upper = -percentile(
    values.map((value) => -value),
    0.5,
  );
  return (percentile(values, 0.5) + upper) / 2;
}
