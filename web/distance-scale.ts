/** The distance on a scale, with the threshold of every calibrated false-accept rate. */
import type { Rate } from '../client/types.ts';
import { svg } from './dom.ts';

const WIDTH = 340;
const AXIS = 44;
const BAR = 12;
/** Room that a label takes, and how far one lane of labels is below the other. */
const LABEL_WIDTH = 34;
const LANE_HEIGHT = 14;

/** @param far the rate that was asked for */
export function drawScale(distance: number, rates: readonly Rate[], far: number): SVGElement {
  const thresholds = rates.map((rate) => rate.threshold);
  const end = Math.min(4, Math.max(2.4, 1.1 * Math.max(distance, ...thresholds)));
  const at = (value: number) => (Math.min(value, end) / end) * WIDTH;
  const chosen = rates.find((rate) => rate.far === far)?.threshold ?? 0;
  const lanes: number[] = []; // where the last label of each ends
  const ticks = [...rates]
    .sort((a, b) => a.threshold - b.threshold)
    .map((rate) => {
      const x = at(rate.threshold);
      let lane = lanes.findIndex((end) => end <= x - LABEL_WIDTH / 2);
      if (lane === -1) lane = lanes.length;
      lanes[lane] = x + LABEL_WIDTH / 2;
      const y = AXIS + BAR + 12 + lane * LANE_HEIGHT;
      return svg(
        'g',
        {},
        svg('line', { class: 'tick', x1: x, x2: x, y1: AXIS - 3, y2: y - 9 }),
        svg('text', { x, y, class: rate.far === far ? 'chosen' : '' }, power(rate.far)),
      );
    });
  const x = at(distance);
  const height = AXIS + BAR + 16 + lanes.length * LANE_HEIGHT;
  return svg(
    'svg',
    {
      class: 'scale',
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: 'img',
      'aria-label':
        `Distance ${distance.toFixed(3)} on a scale from 0 to ${end.toFixed(1)}; ` +
        `the threshold asked for is ${chosen.toFixed(3)}. The table below has all of them.`,
    },
    svg('rect', { class: 'axis', x: 0, y: AXIS, width: WIDTH, height: BAR, rx: BAR / 2 }),
    svg('rect', { class: 'within', x: 0, y: AXIS, width: at(chosen), height: BAR, rx: BAR / 2 }),
    ...ticks,
    svg('path', { class: 'needle', d: `M${x} ${AXIS + 3}l-8 -14h16z` }),
    svg('text', { class: 'chosen', x: within(x), y: AXIS - 18 }, distance.toFixed(3)),
  );
}

/** Place of a label's middle, so that all of it stays on the drawing. */
function within(x: number): number {
  return Math.min(WIDTH - 18, Math.max(18, x));
}

/** 0.001 as 10⁻³. */
function power(far: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const exponent = -Math.log10(far);
  if (!Number.isInteger(Math.round(exponent * 1e9) / 1e9)) return String(far);
  const raised = [...String(Math.round(exponent))].map((digit) => digits[Number(digit)]);
  return `10⁻${raised.join('')}`;
}
