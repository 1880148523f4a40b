/** Bar charts as SVG that read on light and on dark pages, as line plots do (`plot.ts`). */
import { COLOURS, escaped } from './plot.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Text behind the bar. */
  readonly text: string;
  /** Number of the colour; bars of one series share it. */
  readonly series: number;
}

export interface Bars {
  readonly title: string;
  /** Names of the series, for the legend; none for one series. */
  readonly series?: readonly string[];
  /** Bars that belong together, with room around. */
  readonly groups: readonly (readonly Bar[])[];
}

const WIDTH = 760;
/** Least room for labels; more where one is longer. */
const LABELS = 300;
/** Room that a character takes, rather more than it does. */
const CHARACTER = 7;
const TEXTS = 80;
const ROW = 22;
const GAP = 10;
const TOP = 36;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }`;

/** @throws RangeError where no bar has a length */
export function barsSvg({ title, series = [], groups }: Bars): string {
  const most = Math.max(...groups.flat().map(({ value }) => value));
  if (!(most > 0)) throw new RangeError('no bar has a length');
  const labels = Math.max(LABELS, ...groups.flat().map(({ label }) => CHARACTER * label.length));
  const parts = [text(0, 18, title, 'start', 'title')];
  let y = TOP;
  if (series.length > 0) {
    let x = 0;
    for (const [i, name] of series.entries()) {
      const width = 18 + CHARACTER * name.length;
      if (x > 0 && x + width > WIDTH) [x, y] = [0, y + ROW];
      parts.push(rect(x, y, 12, i), text(x + 18, y + 13, name));
      x += width + 24;
    }
    y += ROW + GAP;
  }
  for (const group of groups) {
    for (const { label, value, text: behind, series: number } of group) {
      const width = (value / most) * (WIDTH - labels - 8 - TEXTS);
      parts.push(text(labels, y + 13, label, 'end'), rect(labels + 8, y, width, number));
      parts.push(text(labels + 14 + width, y + 13, behind));
      y += ROW;
    }
    y += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

function rect(x: number, y: number, width: number, series: number): string {
  const fill = COLOURS[series % COLOURS.length];
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="16" fill="${fill}"/>`;
}

function text(x: number, y: number, value: string, anchor = 'start', kind = ''): string {
  const styled = kind === '' ? '' : ` class="${kind}"`;
  return `<text${styled} x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escaped(value)}</text>`;
}
