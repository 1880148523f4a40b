/** Plots of an evaluation: ROC and DET curves, and how distances are spread. */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import { BIN, type Curves } from '../evaluate/set-report.ts';
import type { DetCurve } from '../identification/identification-report.ts';
import { integer, rate } from './format.ts';
import { type Plot, svg } from './plot.ts';

/** @param curves of each network by name, drawn over one another */
export function rocPlot(set: string, curves: Readonly<Record<string, Curves>>): string {
  const all = Object.values(curves).flatMap(({ roc }) => roc);
  const rarest = Math.min(0.1, ...all.map(({ far }) => far));
  const decades = Math.ceil(-Math.log10(rarest) - 1e-9);
  const lowest = Math.min(1, ...all.map(({ val }) => val));
  // Good networks differ only near the top.
  const from = [0.9, 0.5, 0].find((floor) => lowest >= floor) ?? 0;
  return svg({
    title: `ROC on ${set}`,
    x: {
      title: 'FAR, the share of impostor pairs accepted',
      from: 10 ** -decades,
      to: 1,
      log: true,
      ticks: Array.from({ length: decades + 1 }, (_, i) => 10 ** (i - decades)),
      label: (far) => (far === 1 ? '1' : rate(far)),
    },
    y: {
      title: 'VAL, the share of genuine pairs accepted',
      from,
      to: 1,
      ticks: Array.from({ length: 6 }, (_, i) => from + ((1 - from) * i) / 5),
      label: (val) => `${(100 * val).toFixed(0)} %`,
    },
    series: Object.entries(curves).map(([name, { roc }]) => ({
      name,
      points: roc.map(({ far, val }) => [far, val] as const),
    })),
  });
}

/** @param shipped thresholds to mark */
export function distancePlot(set: string, curves: Curves, shipped: readonly Rate[]): string {
  const outline = (shares: readonly number[]) =>
    shares.flatMap((share, i) => [[i * BIN, share] as const, [(i + 1) * BIN, share] as const]);
  const highest = Math.max(...curves.genuine, ...curves.impostors, 0.01);
  const step = highest > 0.4 ? 0.2 : highest > 0.2 ? 0.1 : highest > 0.1 ? 0.05 : 0.02;
  const top = Math.ceil(highest / step) * step;
  const plot: Plot = {
    title: `Distances on ${set}`,
    x: {
      title: 'squared L2 distance',
      from: 0,
      to: 4,
      ticks: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4],
      label: String,
    },
    y: {
      title: `share of pairs, a bin of ${BIN}`,
      from: 0,
      to: top,
      ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step),
      label: (share) => `${(100 * share).toFixed(0)} %`,
    },
    series: [
      { name: 'genuine pairs', points: outline(curves.genuine), filled: true },
      { name: 'impostor pairs', points: outline(curves.impostors), filled: true },
    ],
    legend: 'upper',
    marks: shipped.map(({ far, threshold }) => ({ x: threshold, label: `FAR ${rate(far)}` })),
  };
  return svg(plot);
}

/** Gallery sizes that are drawn, where they were searched: more curves cannot be told apart. */
const DRAWN_SIZES = [10, 100, 500, 4000];

/** Searches among many: FNIR over FPIR, a colour a gallery's size, a dash a template's pictures. */
export function detPlot(set: string, curves: readonly DetCurve[]): string {
  const drawn = curves.filter(({ size }) => DRAWN_SIZES.includes(size));
  const rarest = Math.min(0.1, ...drawn.flatMap(({ points }) => points.map(([fpir]) => fpir)));
  const least = Math.min(0.1, ...drawn.flatMap(({ points }) => points.map(([, fnir]) => fnir)));
  const [left, below] = [rarest, Math.max(least, 1e-3)].map((share) =>
    Math.ceil(-Math.log10(share) - 1e-9),
  ) as [number, number];
  const decades = (count: number) => Array.from({ length: count + 1 }, (_, i) => 10 ** (i - count));
  const label = (share: number) => (share === 1 ? '1' : rate(share));
  return svg({
    title: `Searches among many: ${set}`,
    x: {
      title: 'FPIR, the share of searches for strangers that name somebody',
      from: 10 ** -left,
      to: 1,
      log: true,
      ticks: decades(left),
      label,
    },
    y: {
      title: 'FNIR, the share of those enrolled not named',
      from: 10 ** -below,
      to: 1,
      log: true,
      ticks: decades(below),
      label: (share) => `${Number((100 * share).toPrecision(1))} %`,
    },
    legend: 'beside',
    series: drawn.map(({ pictures, size, points }) => ({
      name: `${integer(size)}, ${pictures === 1 ? '1 picture' : `${pictures} pictures`} each`,
      points,
      dashed: pictures > 1,
      colour: DRAWN_SIZES.indexOf(size),
    })),
  });
}
