/** Bar charts: all of them stays on the drawing. */
import { expect, it } from 'vitest';
import { barsSvg } from '../../../scripts/report/bars.ts';

/** Least room that a character takes. */
const CHARACTER = 6;

it.each([
  ['one row', 2],
  ['several rows', 9],
])('the legend of %s ends where the drawing does', (_, count) => {
  const series = Array.from({ length: count }, (_, i) => `inception-small-${i}`);
  const groups = [series.map((_, i) => ({ label: '', value: 1 + i, text: '', series: i }))];
  const svg = barsSvg({ title: 'Times', series, groups });
  const width = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const names = [...svg.matchAll(/x="([\d.]+)" y="(\d+)" text-anchor="start">(inception[^<]+)</g)];
  expect(names.map(([, , , name]) => name)).toEqual(series);
  for (const [, x, , name] of names) {
    expect(Number(x) + CHARACTER * (name as string).length).toBeLessThanOrEqual(width);
  }
  const rows = new Set(names.map(([, , y]) => y));
  expect(rows.size > 1).toBe(count > 4);
  const bars = [...svg.matchAll(/<rect x="308" y="(\d+)"/g)].map(([, y]) => Number(y));
  expect(Math.min(...bars)).toBeGreaterThan(Math.max(...[...rows].map(Number)));
});
