/** The benchmark's arithmetic, and what it writes of figures. */
import { describe, expect, it } from 'vitest';
import { makePictures, PICTURES } from '../../../scripts/bench/bench-pictures.ts';
import {
  benchmarkChart,
  benchmarkText,
  type Measured,
  ratios,
} from '../../../scripts/bench/benchmark-text.ts';
import type { LoadedMemory } from '../../../scripts/bench/isolate-memory.ts';
import type { Latency } from '../../../scripts/bench/latency.ts';
import { COMPARE_FACES, cloudflarePrice } from '../../../scripts/bench/price.ts';
import { timesOf } from '../../../scripts/bench/timing.ts';
import { compileCodecs } from '../../../scripts/engine/modules.ts';
import { median, percentile } from '../../../scripts/statistics/percentile.ts';
import { openPicture } from '../../../worker/image/open.ts';

const NAMES = { large: 'large', template: 'template' };

function latency(p50: number, cpu: number): Latency {
  return { runs: 1, p50, p95: 2 * p50, p99: 3 * p50, cpu };
}

const cold = {
  startCpu: 200,
  toFirstAnswer: 800,
  toFirstAnswerCpu: 600,
  first: 150,
  firstCpu: 120,
  second: 100,
  secondCpu: 90,
};

function load(name: string, perSecond: number): LoadedMemory {
  const memory = { isolate: 80, wasm: 57, resident: 300 };
  return { name, right: 30, overloaded: 2, perSecond, ...memory };
}

const MEASURED: Measured = {
  model: 'one',
  kinds: [
    { name: 'usual', latency: latency(80, 100) },
    { name: 'large', latency: latency(120, 130) },
    { name: 'template', latency: latency(50, 52) },
  ],
  login: { runs: 1, p50: 7, p95: 8, p99: 9 },
  perSecond: [10, 11, 12],
  cold,
  coldStock: { ...cold, first: 600, firstCpu: 480, toFirstAnswer: 1000, toFirstAnswerCpu: 1200 },
  memory: {
    idle: { isolate: 30, wasm: 20, resident: 200 },
    loads: [load('1, baseline', 8), load('32, baseline', 7.6)],
    afterwards: { isolate: 31, wasm: 21, resident: 250 },
  },
};

/** Cells of the row that begins so. */
function row(text: string, start: string): string[] {
  const line = text.split('\n').find((one) => one.startsWith(`| ${start}`)) ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('percentiles', () => {
  it('are values that were measured, of the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(timesOf(hundred)).toEqual({ runs: 100, p50: 50, p95: 95, p99: 99 });
    expect(percentile([3, 1, 2], 0)).toBe(1);
    expect(percentile([5], 0.99)).toBe(5);
  });

  it('have a median that of an even number is between the middle two', () => {
    expect([[4, 1, 3, 2], [8, 6], [3, 1, 2], [5]].map(median)).toEqual([2.5, 7, 2, 5]);
  });

  it('are none of no values', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('the price', () => {
  it('is that of a request and of its CPU', () => {
    expect(cloudflarePrice(0)).toBeCloseTo(0.3e-6, 12);
    expect(cloudflarePrice(100) - cloudflarePrice(0)).toBeCloseTo(2e-6, 12);
    expect(COMPARE_FACES.perCall).toBe(1e-3);
  });
});

describe('the text', () => {
  it('has the ratios that are aimed at', () => {
    const text = ratios([MEASURED], NAMES);
    expect(row(text, '12 MP pair less')[1]).toBe('30.0 ms (40.0 ms)');
    expect(row(text, 'template and picture over')[1]).toBe('0.52 (0.63)');
    expect(row(text, 'first request over')[1]).toBe('0.25 (0.25)');
    expect(row(text, 'start to first answer over')[1]).toBe('0.50 (0.80)');
    expect(row(text, 'right 12 MP pairs a second')[1]).toBe('0.95');
    expect(row(text, 'CPU price over')[1]).toBe('1/435'); // 2.3 millionths of a dollar
  });

  it('has a column a network, ratios before times', () => {
    const other = { ...MEASURED, model: 'other', login: { runs: 1, p50: 70, p95: 80, p99: 90 } };
    const conditions = { rounds: 5, coldRounds: 3, machine: 'a machine' };
    const text = benchmarkText([MEASURED, other], NAMES, conditions);
    expect(row(text, 'login')).toEqual([expect.any(String), '7 / 8 / 9', '70 / 80 / 90']);
    expect(row(text, 'large').slice(1)).toEqual(['120 / 240 / 360', '120 / 240 / 360']);
    expect(row(text, '12 MP pairs at once: 32')[1]).toBe('80 (57); 300; 30 right, 2 `overloaded`');
    expect(text.indexOf('12 MP pair less')).toBeLessThan(text.indexOf('| login'));
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it('does not tell of what was not measured', () => {
    expect(() => ratios([MEASURED], { ...NAMES, large: 'none' })).toThrow('one: none was not');
  });

  it('has a bar a request and network, the longest for the slowest', () => {
    const chart = benchmarkChart([MEASURED, { ...MEASURED, model: 'a<b' }]);
    const widths = [...chart.matchAll(/<rect [^>]*width="([\d.]+)" height="16"/g)].map(([, w]) =>
      Number(w),
    );
    expect(widths.length).toBe(2 + 6); // of the legend two
    expect(Math.max(...widths)).toBe(widths[4]);
    expect(chart).toContain('a&lt;b');
  });
});

describe('the pictures', () => {
  it('decode, at the size and in the format of their names', async () => {
    const pictures = await makePictures();
    const codecs = compileCodecs();
    for (const name of PICTURES) {
      const picture = openPicture(pictures[name], codecs);
      const size = /^(\d+)x(\d+)/.exec(name);
      if (size) expect([picture.width, picture.height]).toEqual([Number(size[1]), Number(size[2])]);
      else expect(Math.round((picture.width * picture.height) / 1e6)).toBe(12);
      expect(name.toLowerCase()).toContain(picture.format);
      expect(picture.pixels(8).rgb.length).toBeGreaterThan(0);
    }
  });
});
