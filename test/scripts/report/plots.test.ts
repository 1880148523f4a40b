/** Reports of pairs, their plots, and how numbers are spelled. */
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../scripts/calibrate/thresholds.ts';
import { reportAllPairs, reportPairs } from '../../../scripts/evaluate/set-report.ts';
import { commandLine } from '../../../scripts/provenance.ts';
import { distancePlot, rocPlot } from '../../../scripts/report/curves.ts';
import { between, percent, rate, table } from '../../../scripts/report/format.ts';
import { reportText } from '../../../scripts/report/tables.ts';
import type { Judged } from '../../../scripts/statistics/folds.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import { people } from '../../support/node/synthetic.ts';

const set = people(120, 4, 0.7);
const { pairs, ...calibrated } = calibrate(set);

const next = random(3);
const judged: Judged[] = Array.from({ length: 2000 }, (_, i) => {
  const same = i % 2 === 0;
  return {
    same,
    fold: Math.floor(i / 200),
    distance: i === 5 ? undefined : next() + (same ? 0 : 0.9),
  };
});
const { report: lfw, curves } = reportPairs(judged, [1e-2, 1e-3], {
  set: 'LFW view 2',
  pictures: 1500,
  refused: [{ file: 'Ann/Ann_0001.jpg', code: 'no_face' }],
  shipped: calibrated.rates,
});

describe('reports', () => {
  it('rest each rate on the impostor pairs that were counted', () => {
    expect(lfw.rates.map(({ far, impostorPairs }) => [far, impostorPairs])).toEqual([
      [1e-2, 10],
      [1e-3, 1],
    ]);
    expect(lfw.genuinePairs + lfw.impostorPairs).toBe(2000);
    expect(lfw.refused.byCode).toEqual({ no_face: 1 });
    expect(reportText(lfw)).toContain('no_face  Ann/Ann_0001.jpg');
  });

  it('leave out rates that no pair bears', () => {
    const common = { set: 'few', pictures: 20, refused: [], shipped: [] };
    const { report } = reportPairs(judged.slice(0, 20), [1e-1, 1e-2], common);
    expect(report.rates.map(({ far }) => far)).toEqual([1e-1]);
  });

  it('agree with the calibration on the same pictures', () => {
    const common = { set: 'all', pictures: 480, refused: [], shipped: calibrated.rates };
    const { report } = reportAllPairs(set, [1e-1, 1e-2, 1e-3], common);
    expect(report.rates).toEqual(calibrated.rates);
    expect(report.shipped).toEqual(calibrated.rates);
    expect(report.identities).toBe(120);
  });

  it('are never sure of a rate that was not seen once, or always', () => {
    const common = {
      set: 'own',
      pictures: 12,
      refused: [],
      shipped: [{ far: 1e-3, val: 0, threshold: 0.9 }],
    };
    const { report } = reportAllPairs(people(4, 3, 0.2), [], common);
    const [rate] = report.shipped;
    expect(rate).toMatchObject({ impostorPairs: 0, val: 1 });
    expect(rate?.farInterval[1]).toBeCloseTo(1 - 0.025 ** (1 / 54), 6); // of 54 pairs none
    expect(rate?.valInterval[0]).toBeCloseTo(0.025 ** (1 / 12), 6); // of 12 pairs all
    expect(reportText(report)).toContain('of none and of all: Clopper-Pearson');
  });

  it('spell shares that round to 1 without an exponent', () => {
    expect([0.9981, 1, 1.0004, 0.94, 1e-3, 0.0013].map(rate)).toEqual([
      '1',
      '1',
      '1',
      '9.4e-1',
      '1e-3',
      '1.3e-3',
    ]);
  });

  it('say which pairs a set lacks', () => {
    const common = { set: 'own', pictures: 3, refused: [], shipped: [] };
    expect(() => reportAllPairs(people(1, 3, 0.2), [], common)).toThrow(
      'own: the pictures that can be used make no pair of two people; refused: none',
    );
  });
});

describe('plots', () => {
  const plots = [
    rocPlot('LFW & <others>', { a: curves, b: curves }),
    distancePlot('LFW', curves, calibrated.rates),
  ];

  it('are well-formed, readable on dark and on light, and fetch nothing', () => {
    for (const plot of plots) {
      expect(plot).toContain('prefers-color-scheme: dark');
      expect(plot).not.toMatch(/NaN|undefined|Infinity|<others>/);
      expect(plot.replace('http://www.w3.org/2000/svg', '')).not.toContain('http');
      const opened = plot.match(/<(svg|text|style)\b/g)?.length;
      expect(plot.match(/<\/(svg|text|style)>/g)?.length).toBe(opened);
    }
  });

  it('stay within their frame', () => {
    for (const plot of plots) {
      for (const [, points] of plot.matchAll(/points="([^"]+)"/g)) {
        for (const point of (points as string).split(' ')) {
          const [x, y] = point.split(',').map(Number) as [number, number];
          expect(x >= 64 && x <= 620 && y >= 40 && y <= 348).toBe(true);
        }
      }
    }
  });
});

describe('numbers', () => {
  it('are spelled in one way', () => {
    expect([1e-1, 1e-3, 0.00123, 0].map(rate)).toEqual(['1e-1', '1e-3', '1.2e-3', '0']);
    expect(percent(0.97533)).toBe('97.53 %');
    expect(between([0.5, 1])).toBe('50.0–100.0 %');
    expect(table(['a', 'b'], [['1', 'long']])).toBe(
      '| a   | b    |\n|-----|------|\n| 1   | long |',
    );
  });

  it('come with a command that names no place on a machine', () => {
    const argv = ['--lfw', '/home/me/lfw.tar', '--person', '^(\\d+)_', '--data', 'my faces'];
    const shown = "npm run tool -- card --lfw lfw.tar --person '^(\\d+)_' --data 'my faces'";
    expect(commandLine('card', argv)).toBe(shown);
    expect(commandLine('card', ['--lfw=/home/me/lfw.tar', ...argv.slice(2)])).toBe(
      shown.replace('--lfw ', '--lfw='),
    );
  });
});
