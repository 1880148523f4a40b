import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../scripts/calibrate/thresholds.ts';
import { clopperPearson } from '../../../scripts/statistics/intervals.ts';
import { score } from '../../../worker/face/decision/calibration.ts';
import { naivePairs, people } from '../../support/node/synthetic.ts';

const set = people(120, 4, 0.7);
const calibration = calibrate(set);
const { rates } = calibration;

describe('calibrate', () => {
  it('offers the rates that 30 impostor pairs lie under, and no others', () => {
    // 480 pictures of 120 people: 114,240 impostor pairs, 11 under 1e-4.
    expect(calibration.pairs.impostors).toHaveLength(114_240);
    expect(rates.map(({ far }) => far)).toEqual([1e-1, 1e-2, 1e-3]);
    for (const { impostorPairs } of rates) expect(impostorPairs).toBeGreaterThanOrEqual(30);
    expect(calibrate(set, 10).rates.map(({ far }) => far)).toEqual([1e-1, 1e-2, 1e-3, 1e-4]);
  });

  it('never accepts more impostor pairs than the rate says', () => {
    const { genuine, impostors } = naivePairs(set);
    for (const { far, threshold, val, impostorPairs } of rates) {
      // Double sums may round differently in another order: hence the tiny slack.
      const accepted = impostors.filter((d) => d <= threshold + 1e-9).length;
      expect(accepted).toBe(impostorPairs);
      expect(accepted / impostors.length).toBeLessThanOrEqual(far);
      expect(genuine.filter((d) => d <= threshold + 1e-9).length / genuine.length).toBe(val);
    }
  });

  it('gives intervals that hold what was measured', () => {
    for (const { far, val, valInterval, farInterval } of rates) {
      expect(farInterval[0]).toBeLessThan(far);
      expect(farInterval[1]).toBeGreaterThan(far);
      expect(valInterval[0]).toBeLessThanOrEqual(val);
      expect(valInterval[1]).toBeGreaterThanOrEqual(val);
    }
  });

  it('does not take VAL for known for sure where every genuine pair lies within', () => {
    const { rates, pairs } = calibrate(people(60, 4, 0.05));
    const perfect = rates.filter(({ val }) => val === 1);
    expect(perfect).not.toHaveLength(0);
    const count = pairs.genuine.length;
    for (const { valInterval } of perfect) {
      expect(valInterval).toEqual(clopperPearson(count, count));
    }
  });

  it('counts a refused picture against VAL and not in favour of FAR', () => {
    const refused = calibrate({ ...set, embeddings: set.embeddings.with(0, undefined) });
    expect(refused.pairs.genuine).toHaveLength(calibration.pairs.genuine.length);
    expect(refused.pairs.impostors.length).toBe(114_240 - 476);
    expect(refused.pairs.genuine.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('says what is missing where there is too little', () => {
    expect(() => calibrate(people(3, 2, 0.5))).toThrow('too few');
    expect(() => calibrate(people(40, 1, 0.5))).toThrow('nobody has two pictures');
    const alike = { ...set, embeddings: set.embeddings.map(() => new Float32Array(16)) };
    expect(() => calibrate(alike)).toThrow();
  });
});

/** The doubles next to a positive one. */
function neighbour(value: number, step: 1n | -1n): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
}

describe('the score of a calibration that was measured', () => {
  it('reaches -log10(far) exactly where `same` does, at every knot', () => {
    for (const { far, threshold } of rates) {
      const below = neighbour(threshold, -1n);
      const above = neighbour(threshold, 1n);
      for (const distance of [below, threshold, above]) {
        const same = distance <= threshold;
        expect(score(distance, calibration) >= -Math.log10(far)).toBe(same);
      }
    }
  });

  it('falls as the distance grows, from the rarest rate to 0', () => {
    let last = Number.POSITIVE_INFINITY;
    for (let distance = 0; distance <= 4; distance += 0.0005) {
      const now = score(distance, calibration);
      expect(now).toBeLessThanOrEqual(last);
      last = now;
    }
    expect(score(0, calibration)).toBeCloseTo(3, 12);
    expect(score(calibration.largestImpostorDistance, calibration)).toBe(0);
  });

  it('is near -log10 of the measured rate between the knots', () => {
    const { impostors } = calibration.pairs;
    for (const share of [0.05, 0.02, 0.004]) {
      const distance = impostors[Math.floor(share * impostors.length)] as number;
      expect(score(distance, calibration)).toBeCloseTo(-Math.log10(share), 0);
    }
  });
});
