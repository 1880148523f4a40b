import { describe, expect, it } from 'vitest';
import { calibrateIdentification } from '../../../scripts/calibrate/identification.ts';
import { measureAt, type Searches, searchAll } from '../../../scripts/calibrate/searches.ts';
import { enrolAll } from '../../../scripts/calibrate/template-comparisons.ts';
import { clopperPearson } from '../../../scripts/statistics/intervals.ts';
import type { Rate } from '../../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { enrollable } from '../../support/node/synthetic.ts';

const anybody: Rate = { far: 1e-3, threshold: 4, val: 1 };

const set = enrollable(41, 5, 0.7);

describe('searches among templates', () => {
  it('are of every picture in galleries of others, which share nobody', () => {
    const { persons } = enrolAll(set, 1, anybody);
    const [searches, whole] = searchAll(persons, [10, 40]) as [Searches, Searches];
    // 5 rounds x 205 pictures x 4 galleries of 10 among 40 others.
    expect(searches.nearest).toHaveLength(5 * 205 * 4);
    // A template of one picture leaves four of its person's five as probes.
    expect(searches.own).toHaveLength(5 * 164 * 4);
    expect(whole.nearest).toHaveLength(5 * 205);
    // Among all others there is but one nearest, whatever their order.
    const [probe] = set.embeddings as Float32Array[];
    const round0 = persons.slice(1).map(({ templates }) => templates[0]?.unit as Float32Array);
    const least = Math.min(...round0.map((unit) => squaredDistance(unit, probe as Float32Array)));
    expect(whole.nearest[0]).toBeCloseTo(least, 5);
    expect(searchAll(persons, [41])[0]?.nearest).toHaveLength(0);
  });

  it('count a refused picture as a miss, and in no false-positive rate', () => {
    const refused = { ...set, embeddings: set.embeddings.with(7, undefined) };
    const { persons } = enrolAll(refused, 1, anybody);
    const [searches] = searchAll(persons, [40]) as [Searches];
    // Its person has four templates, so nobody else's last round has 40 others.
    expect(searches.own.filter((distance) => distance === Number.POSITIVE_INFINITY)).toHaveLength(
      4,
    );
    expect(searches.nearest.every(Number.isFinite)).toBe(true);
    const { fnir, fpir } = measureAt(searches, 4);
    expect(fpir).toBe(1);
    expect(fnir).toBeGreaterThan(0);
  });

  it('are known no surer than their number lets, where none is a false identification or a miss', () => {
    const { persons } = enrolAll(enrollable(41, 5, 0.05), 1, anybody);
    const [searches] = searchAll(persons, [10]) as [Searches];
    const between = (Math.max(...searches.own) + Math.min(...searches.nearest)) / 2;
    const { fpir, fpirInterval, fnir, fnirInterval } = measureAt(searches, between);
    expect([fpir, fnir]).toEqual([0, 0]);
    expect(fpirInterval).toEqual(clopperPearson(0, searches.nearest.length));
    expect(fnirInterval).toEqual(clopperPearson(0, searches.own.length));
  });

  it('have rates that are the shares at their thresholds, and rest on enough events', () => {
    const rows = calibrateIdentification(set, 1, anybody, 30, [10, 40, 500]);
    expect(rows.map(({ size }) => size)).toEqual([10, 40]);
    for (const { rates, size, searches, rank1 } of rows) {
      const { persons } = enrolAll(set, 1, anybody);
      const [{ nearest }] = searchAll(persons, [size]) as [Searches];
      expect(nearest).toHaveLength(searches);
      expect(rank1).toBeGreaterThan(0.5);
      for (const { fpir, threshold, falseIdentifications, fpirInterval, fnir } of rates) {
        const within = nearest.filter((distance) => distance <= threshold).length;
        expect(within).toBe(falseIdentifications);
        expect(within).toBeGreaterThanOrEqual(30);
        expect(within / searches).toBeLessThanOrEqual(fpir);
        expect(fpirInterval[0]).toBeLessThanOrEqual(within / searches);
        expect(fpirInterval[1]).toBeGreaterThanOrEqual(within / searches);
        expect(fnir).toBeGreaterThanOrEqual(1 - rank1 - 1e-9);
      }
      // 1e-4 would be a tenth of an event of 1,025.
      expect(rates.map(({ fpir }) => fpir)).not.toContain(1e-4);
    }
    const [small, large] = rows.map(({ rates }) => rates[0]?.threshold ?? 0);
    expect(large).toBeLessThan(small as number);
  });
});
