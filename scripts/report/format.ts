/** Numbers as people read them, and tables of them as Markdown. */
import type { FoldAccuracy } from '../statistics/folds.ts';
import type { Interval } from '../statistics/intervals.ts';

/** A share as a percentage: `97.53 %`. */
export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A mean over folds: `98.92 % ± 0.17 %`. */
export function plusMinus({
  mean,
  standardError,
}: Pick<FoldAccuracy, 'mean' | 'standardError'>): string {
  return `${percent(mean)} ± ${percent(standardError)}`;
}

/** A difference of two shares: `−0.05 points`. */
export function points(difference: number): string {
  return `${difference >= 0 ? '+' : '−'}${Math.abs(100 * difference).toFixed(2)} points`;
}

/** Both ends of an interval as percentages: `96.8–98.1 %`. */
export function between([low, high]: Interval, digits = 1): string {
  return `${(100 * low).toFixed(digits)}–${(100 * high).toFixed(digits)} %`;
}

/** A false-accept rate as we spell it everywhere: `1e-3`, and measured ones as `1.3e-3`; `1` from 0.995 up. */
export function rate(far: number): string {
  if (far === 0 || far === 1) return String(far);
  const [mantissa, exponent] = far.toExponential(1).split('e') as [string, string];
  const digits = mantissa.replace(/\.0$/, '');
  return Number(exponent) === 0 ? digits : `${digits}e${Number(exponent)}`;
}

export function integer(count: number): string {
  return count.toLocaleString('en-US');
}

/** A Markdown table; its columns are padded, so that it also reads well unrendered. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(3, ...all.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Counts by code: `3 no_face, 1 multiple_faces`. */
export function codes(byCode: Readonly<Record<string, number>>): string {
  return Object.entries(byCode)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ');
}
