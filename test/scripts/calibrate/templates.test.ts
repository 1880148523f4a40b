import { describe, expect, it } from 'vitest';
import { reportGates } from '../../../scripts/calibrate/gate-report.ts';
import {
  type Enrollable,
  TemplateComparisons,
} from '../../../scripts/calibrate/template-comparisons.ts';
import {
  calibrateTemplates,
  measureBeyond,
  pointsOf,
} from '../../../scripts/calibrate/templates.ts';
import { FARS } from '../../../scripts/calibrate/thresholds.ts';
import { clopperPearson } from '../../../scripts/statistics/intervals.ts';
import type { Rate } from '../../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { dequantize, meanUnit, quantize } from '../../../worker/face/embedding/template.ts';
import { GATES } from '../../../worker/face/quality/enrolment-gates.ts';
import { people } from '../../support/node/synthetic.ts';
import { GOOD } from '../../support/quality.ts';

const embed = ({ embeddings, persons }: ReturnType<typeof people>): Enrollable => ({
  // 128 numbers, as a template has them; the directions are those of the 16.
  embeddings: embeddings.map((short) => {
    const long = new Float32Array(128);
    if (short) long.set(short);
    return long;
  }),
  persons,
  good: persons.map(() => true),
});

const set = embed(people(60, 5, 0.7));
const anybody: Rate = { far: 1e-3, threshold: 4, val: 1 };

/** Comparisons by the obvious loops: `[template's people, probe's, distance]`. */
function listed(set: Enrollable, size: number, onePerson = anybody) {
  const comparisons = new TemplateComparisons(set, size, onePerson);
  const genuine: [number, number][] = [];
  const impostors: [number, number, number][] = [];
  comparisons.visit(
    (person, distance) => genuine.push([person, distance]),
    (a, b, distance) => impostors.push([a, b, distance]),
  );
  return { comparisons, genuine, impostors };
}

describe('templates of labelled people', () => {
  it('are as many as good pictures, against all pictures they were not made of', () => {
    for (const size of [1, 2, 3, 4]) {
      const { comparisons, genuine, impostors } = listed(set, size);
      expect(comparisons.templates).toBe(300);
      expect(comparisons.enrolled).toBe(60);
      expect(genuine).toHaveLength(300 * (5 - size));
      expect(impostors).toHaveLength(300 * 295);
      expect(impostors.every(([a, b]) => a !== b)).toBe(true);
    }
    const five = listed(set, 5);
    expect(five.comparisons.templates).toBe(60);
    expect(five.genuine).toHaveLength(0);
    expect(listed(set, 6).comparisons.templates).toBe(0);
  });

  it('have the distances of what is sealed, not of what was embedded', () => {
    const { genuine } = listed(set, 4);
    const of = set.embeddings.slice(0, 4) as Float32Array[];
    const probe = set.embeddings[4] as Float32Array;
    const sealed = dequantize(quantize(meanUnit(of)));
    expect(genuine[0]).toEqual([0, squaredDistance(sealed, probe)]);
    expect(genuine[0]).not.toEqual([0, squaredDistance(meanUnit(of), probe)]);
  });

  it('are of good pictures alone, while every picture is a probe', () => {
    const bad = { ...set, good: set.good.with(0, false).with(1, false) };
    const { comparisons, genuine } = listed(bad, 3);
    expect(comparisons.templates).toBe(59 * 5 + 1);
    // The one template of the first person's three good pictures meets the two bad ones.
    expect(genuine.filter(([person]) => person === 0)).toHaveLength(2);
    expect(listed(bad, 4).comparisons.enrolled).toBe(59);
  });

  it('count a refused probe as not matched, and against no impostor', () => {
    const refused = { ...set, embeddings: set.embeddings.with(0, undefined) };
    const { genuine, impostors } = listed(refused, 1);
    const first = genuine.filter(([person]) => person === 0).map(([, distance]) => distance);
    expect(first).toHaveLength(4 * 4);
    expect(first.filter((distance) => distance === Number.POSITIVE_INFINITY)).toHaveLength(4);
    expect(impostors).toHaveLength(4 * 295 + 295 * 294);
    expect(impostors.every(([, , distance]) => Number.isFinite(distance))).toBe(true);
  });

  it('are not made where enrolment would not take the pictures for one person', () => {
    const strict = { ...anybody, threshold: 0.5 };
    const { comparisons } = listed(set, 2, strict);
    expect(comparisons.notOnePerson).toBeGreaterThan(0);
    expect(comparisons.templates + comparisons.notOnePerson).toBe(300);
    expect(listed(set, 1, strict).comparisons.notOnePerson).toBe(0);
    let apart = 0;
    for (let first = 0; first < set.persons.length; first += 5) {
      for (let i = 0; i < 5; i++) {
        const a = set.embeddings[first + i] as Float32Array;
        const b = set.embeddings[first + ((i + 1) % 5)] as Float32Array;
        if (squaredDistance(a, b) > 0.5) apart++;
      }
    }
    expect(comparisons.notOnePerson).toBe(apart);
  });

  it('weigh drawn people as often as they were drawn', () => {
    const uneven = {
      ...set,
      embeddings: set.embeddings.with(3, undefined),
      good: set.good.with(8, false),
    };
    const { comparisons, impostors } = listed(uneven, 2);
    const times = Uint16Array.from({ length: 60 }, (_, i) => i % 3);
    const byHand = impostors.reduce(
      (sum, [a, b]) => sum + (times[a] as number) * (times[b] as number),
      0,
    );
    expect(comparisons.impostorWeight(times)).toBe(byHand);
  });
});

describe('calibrateTemplates', () => {
  const templates = calibrateTemplates(set, anybody, FARS, 30);

  it('gives each number of pictures thresholds of its own', () => {
    expect(templates.map(({ pictures }) => pictures)).toEqual([1, 2, 3, 4]);
    const at = templates.map(({ rates }) => rates.find(({ far }) => far === 1e-3)?.val as number);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    const thresholds = templates.map(({ rates }) => rates[2]?.threshold);
    expect(new Set(thresholds).size).toBe(4);
  });

  it('does not take VAL for known for sure where every genuine comparison lies within', () => {
    const alike = new TemplateComparisons(embed(people(20, 3, 0.05)), 1, anybody);
    const [rate] = pointsOf(alike, [0.1], 1)?.rates ?? [];
    expect(rate?.val).toBe(1);
    const count = alike.distances().genuine.length;
    expect(rate?.valInterval).toEqual(clopperPearson(count, count));
  });

  it('never accepts more impostors than the rate says, by the distances of templates', () => {
    for (const { pictures, rates, impostorPairs, genuinePairs } of templates) {
      const { genuine, impostors } = listed(set, pictures);
      expect([genuine.length, impostors.length]).toEqual([genuinePairs, impostorPairs]);
      for (const { far, threshold, val, impostorPairs: under } of rates) {
        const accepted = impostors.filter(([, , distance]) => distance <= threshold).length;
        expect(accepted).toBe(under);
        expect(accepted / impostors.length).toBeLessThanOrEqual(far);
        const right = genuine.filter(([, distance]) => distance <= threshold).length;
        expect(right / genuine.length).toBe(val);
      }
    }
  });

  it('gives intervals that hold what was measured', () => {
    for (const { rates } of templates) {
      for (const { far, val, farInterval, valInterval } of rates) {
        expect(farInterval[0]).toBeLessThan(far);
        expect(farInterval[1]).toBeGreaterThan(far);
        expect(valInterval[0]).toBeLessThanOrEqual(val);
        expect(valInterval[1]).toBeGreaterThanOrEqual(val);
      }
    }
  });

  it('asks for twice the comparisons, since two people are compared both ways', () => {
    // 88,500 comparisons: 88 under 1e-3, 8 under 1e-4.
    const fars = (least: number) =>
      calibrateTemplates(set, anybody, FARS, least)[0]?.rates.map(({ far }) => far);
    expect(fars(30)).toEqual([1e-1, 1e-2, 1e-3]);
    expect(fars(44)).toEqual([1e-1, 1e-2, 1e-3]);
    expect(fars(45)).toEqual([1e-1, 1e-2]);
  });

  it('leaves out what it has no probes or too few people for', () => {
    expect(calibrateTemplates(embed(people(3, 5, 0.7)), anybody, FARS, 30)).toEqual([]);
    const three = calibrateTemplates(embed(people(60, 3, 0.7)), anybody, FARS, 30);
    expect(three.map(({ pictures }) => pictures)).toEqual([1, 2]);
  });

  it('says what larger templates would accept at the largest size’s thresholds', () => {
    const largest = templates.at(-1) as (typeof templates)[number];
    const beyond = measureBeyond(set, anybody, 5, largest);
    const { impostors } = listed(set, 5);
    expect(beyond?.impostorPairs).toBe(impostors.length);
    for (const [i, { far, accepted, interval }] of (beyond?.rates ?? []).entries()) {
      const threshold = largest.rates[i]?.threshold as number;
      expect(far).toBe(largest.rates[i]?.far);
      expect(accepted).toBe(impostors.filter(([, , distance]) => distance <= threshold).length);
      expect(interval[0]).toBeLessThanOrEqual(accepted / impostors.length);
      expect(interval[1]).toBeGreaterThanOrEqual(accepted / impostors.length);
    }
    expect(measureBeyond(set, anybody, 6, largest)).toBeUndefined();
  });
});

describe('reportGates', () => {
  it('counts a picture once, and each of its gateFailures', () => {
    const report = reportGates([GOOD, { ...GOOD, yaw: 80, roll: 80 }, { ...GOOD, yaw: -80 }]);
    expect(report).toMatchObject({ pictures: 3, refused: 2, byReason: { turned: 2, tilted: 1 } });
    expect(report.limits).toEqual(GATES);
    expect(report.interval[0]).toBeLessThan(2 / 3);
    expect(report.interval[1]).toBeGreaterThan(2 / 3);
  });
});
