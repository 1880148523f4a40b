/** Times of repeated work, and what is told of them. */

export interface Timed {
  readonly name: string;
  readonly runs: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p90: number;
}

export const round = (value: number) => Math.round(value * 10) / 10;

export function summary(name: string, milliseconds: readonly number[]): Timed {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number);
  const timed = { name, runs: sorted.length, median: at(0.5), p90: at(0.9) };
  console.log(
    `${name}: median ${timed.median} ms, 90 % under ${timed.p90} ms (${timed.runs} runs)`,
  );
  return timed;
}
