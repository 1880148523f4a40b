/** The distance on a scale, with the threshold of the false-accept rate that was asked for. */
import type { Verification } from '../client/types.ts';
import { svg } from './dom.ts';

const WIDTH = 340;
const AXIS = 44;
const BAR = 12;
/** Baseline of the label below the axis. */
const LABEL = AXIS + BAR + 12;

export function drawScale({ distance, threshold, far }: Verification): SVGElement {
  const end = Math.min(4, Math.max(2.4, 1.1 * distance));
  const at = (value: number) => (Math.min(value, end) / end) * WIDTH;
  const [x, limit] = [at(distance), at(threshold)];
  return svg(
    'svg',
    {
      class: 'scale',
      viewBox: `0 0 ${WIDTH} ${LABEL + 4}`,
      role: 'img',
      'aria-label':
        `Distance ${distance.toFixed(3)} on a scale from 0 to ${end.toFixed(1)}; ` +
        `the threshold asked for is ${threshold.toFixed(3)}.`,
    },
    svg('rect', { class: 'axis', x: 0, y: AXIS, width: WIDTH, height: BAR, rx: BAR / 2 }),
    svg('rect', { class: 'within', x: 0, y: AXIS, width: limit, height: BAR, rx: BAR / 2 }),
    svg('line', { class: 'tick', x1: limit, x2: limit, y1: AXIS - 3, y2: LABEL - 9 }),
    svg('text', { x: within(limit), y: LABEL }, `${power(far)}: ${threshold.toFixed(3)}`),
    svg('path', { class: 'needle', d: `M${x} ${AXIS + 3}l-8 -14h16z` }),
    svg('text', { x: within(x), y: AXIS - 18 }, distance.toFixed(3)),
  );
}

/** Place of a label's middle, so that all of it stays on the drawing. */
function within(x: number): number {
  return Math.min(WIDTH - 36, Math.max(36, x));
}

/** 0.001 as 10⁻³. */
function power(far: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const exponent = -Math.log10(far);
  if (!Number.isInteger(Math.round(exponent * 1e9) / 1e9)) return String(far);
  const raised = [...String(Math.round(exponent))].map((digit) => digits[Number(digit)]);
  return `10⁻${raised.join('')}`;
}
