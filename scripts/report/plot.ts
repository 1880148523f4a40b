/**
 * Line plots as SVG that read on light and on dark pages: colours follow the reader's scheme, the
 * ground is left transparent.
 */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn as steps with the area below filled, as a histogram. */
  readonly filled?: boolean;
  readonly dashed?: boolean;
  /** Place in `COLOURS`; default: that of the series in the list. */
  readonly colour?: number;
}

export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly log?: boolean;
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
}

/** A vertical line with a word beside it. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** Corner at the right that curves leave free, or beside them; default: the lower one. */
  readonly legend?: 'upper' | 'lower' | 'beside';
}

const WIDTH = 640;
const HEIGHT = 400;
/** Width of a legend, in pixels. */
const LEGEND = 190;
const FRAME = { left: 64, right: 20, top: 40, bottom: 52 } as const;

/** Okabe and Ito's colours: told apart by colour-blind readers, and on black as on white. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'] as const;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 11px; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .mark { stroke: #57606a; stroke-width: 1; stroke-dasharray: 3 3; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .dashed { stroke-dasharray: 6 4; }
  .area { fill-opacity: 0.25; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #30363d; }
    .mark { stroke: #8b949e; }
  }`;

function place(axis: Axis, value: number, from: number, to: number): number {
  const scale = axis.log ? Math.log10 : (x: number) => x;
  const share = (scale(value) - scale(axis.from)) / (scale(axis.to) - scale(axis.from));
  return from + Math.max(0, Math.min(1, share)) * (to - from);
}

export function svg({ title, x, y, series, marks = [], legend = 'lower' }: Plot): string {
  const right = WIDTH - FRAME.right - (legend === 'beside' ? LEGEND : 0);
  const bottom = HEIGHT - FRAME.bottom;
  const px = (value: number) => place(x, value, FRAME.left, right).toFixed(1);
  const py = (value: number) => place(y, value, bottom, FRAME.top).toFixed(1);
  const parts: string[] = [text(FRAME.left, 22, title, 'title')];
  for (const tick of y.ticks) {
    parts.push(line(FRAME.left, py(tick), right, py(tick), 'grid'));
    parts.push(text(FRAME.left - 8, Number(py(tick)) + 4, y.label(tick), 'small', 'end'));
  }
  for (const tick of x.ticks) {
    parts.push(line(px(tick), FRAME.top, px(tick), bottom, 'grid'));
    parts.push(text(px(tick), bottom + 18, x.label(tick), 'small', 'middle'));
  }
  parts.push(text((FRAME.left + right) / 2, HEIGHT - 12, x.title, '', 'middle'));
  parts.push(
    `<text transform="translate(18 ${(FRAME.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
  );
  for (const [i, { name, points, filled, dashed, colour: chosen = i }] of series.entries()) {
    const colour = COLOURS[chosen % COLOURS.length] as string;
    const kind = dashed ? 'line dashed' : 'line';
    const path = points.map(([a, b]) => `${px(a)},${py(b)}`).join(' ');
    const first = points[0]?.[0] ?? x.from;
    const last = points.at(-1)?.[0] ?? x.to;
    parts.push(
      filled
        ? `<polygon class="area" fill="${colour}" stroke="${colour}" points="${px(first)},${py(y.from)} ${path} ${px(last)},${py(y.from)}"/>`
        : `<polyline class="${kind}" stroke="${colour}" points="${path}"/>`,
    );
    const row = legend === 'lower' ? bottom - 18 * (series.length - i) : FRAME.top + 16 + 18 * i;
    const at = WIDTH - FRAME.right - LEGEND;
    parts.push(
      filled
        ? `<rect x="${at}" y="${row - 9}" width="12" height="10" fill="${colour}"/>`
        : `<line class="${kind}" stroke="${colour}" x1="${at - 8}" y1="${row - 4}" x2="${at + 12}" y2="${row - 4}"/>`,
    );
    parts.push(text(at + 18, row, name));
  }
  for (const [i, { x: at, label }] of marks.entries()) {
    parts.push(line(px(at), FRAME.top, px(at), bottom, 'mark'));
    parts.push(text(Number(px(at)) - 3, FRAME.top + 12 + 13 * i, label, 'small', 'end'));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

function line(
  x1: number | string,
  y1: number | string,
  x2: number | string,
  y2: number | string,
  kind: string,
) {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(x: number | string, y: number | string, value: string, kind = '', anchor = 'start') {
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(value)}</text>`;
}

export function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
