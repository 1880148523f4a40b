import { describe, expect, it } from 'vitest';
import { calibrateIdentification } from '../../../scripts/calibrate/identification.ts';
import { searchAll } from '../../../scripts/calibrate/searches.ts';
import { enrolAll } from '../../../scripts/calibrate/template-comparisons.ts';
import { calibrateTemplates } from '../../../scripts/calibrate/templates.ts';
import { FARS } from '../../../scripts/calibrate/thresholds.ts';
import {
  detCurve,
  reportIdentification,
} from '../../../scripts/identification/identification-report.ts';
import { detPlot } from '../../../scripts/report/curves.ts';
import { searchTable } from '../../../scripts/report/identification-section.ts';
import type { Calibration } from '../../../worker/face/decision/calibration.ts';
import { enrollable } from '../../support/node/synthetic.ts';

const onePerson = { far: 1e-4, threshold: 4, val: 1 };

/** Thresholds from 130 made-up people; others are drawn by another seed. */
function calibrated(): Calibration {
  const set = enrollable(130, 5, 0.6, 1);
  const templates = calibrateTemplates(set, onePerson, FARS, 10).map((scale) => ({
    ...scale,
    identification: calibrateIdentification(set, scale.pictures, onePerson, 30),
  }));
  return { rates: [onePerson], largestImpostorDistance: 4, templates };
}

const calibration = calibrated();
const set = 'others';

describe('identification of people who set no threshold', () => {
  const people = enrollable(130, 5, 0.6, 2);
  const { report, curves } = reportIdentification({ set, people, refused: {} }, calibration);

  it('is measured for templates of 1 and of 3, at measured sizes, between them and beyond', () => {
    expect(report).toMatchObject({ identities: 130, pictures: 650 });
    expect(new Set(report.searches.map(({ pictures }) => pictures))).toEqual(new Set([1, 3]));
    const of = (size: number) => report.searches.filter((row) => row.size === size);
    expect(of(10)[0]?.rates[0]?.basis).toBe('measured');
    expect(of(30)[0]?.rates[0]?.basis).toBe('interpolated');
    expect(of(100)[0]?.rates[0]).toMatchObject({ basis: 'measured', promised: 0.1 });
    // 130 people make no gallery of 300 others.
    expect(of(300)).toEqual([]);
  });

  it('keeps the promise within the interval, where these people are like those', () => {
    for (const { rates } of report.searches) {
      const [{ promised, fpirInterval, fpir, fnir, threshold }] = rates as [(typeof rates)[0]];
      expect(threshold).toBeGreaterThan(0);
      expect(fpirInterval[0]).toBeLessThanOrEqual(promised);
      expect(fpirInterval[1]).toBeGreaterThanOrEqual(promised);
      expect(fpir).toBeGreaterThan(fpirInterval[0]);
      expect(fnir).toBeLessThan(0.5);
    }
    expect(searchTable(report)).toMatch(/\| within/);
  });

  it('tells a promise that is broken: a person enrolled under two names', () => {
    const twice = { ...people, persons: people.persons.map((name, i) => `${name}-${i % 2}`) };
    const broken = reportIdentification({ set, people: twice, refused: {} }, calibration).report;
    const rare = broken.searches.find(({ size }) => size === 100)?.rates.at(-1);
    expect(rare?.fpirInterval[0]).toBeGreaterThan(rare?.promised as number);
    expect(searchTable(broken)).toMatch(/\| above/);
  });

  it('counts who has no picture beside the template as a distractor', () => {
    const isAlone = (i: number) => i >= 500 && i % 5 > 0;
    const keep = <T>(list: readonly T[]) => list.filter((_, i) => !isAlone(i));
    const some = {
      embeddings: keep(people.embeddings),
      persons: keep(people.persons),
      good: keep(people.good),
    };
    const { enrolled } = reportIdentification(
      { set, people: some, refused: {}, once: true },
      calibration,
    ).report;
    expect(enrolled).toEqual([
      { pictures: 1, people: 130, distractors: 30 },
      { pictures: 3, people: 100, distractors: 0 },
    ]);
  });

  it('has curves that end where everybody is named, and plots of them', () => {
    const { persons } = enrolAll(people, 1, onePerson);
    const [searches] = searchAll(persons, [10]) as [ReturnType<typeof searchAll>[0]];
    const points = detCurve(searches);
    const first = searches.own.filter((d, i) => d < (searches.rivals[i] as number)).length;
    expect(points.at(-1)).toEqual([1, expect.closeTo(1 - first / searches.own.length, 2)]);
    for (const [i, [fpir, fnir]] of points.entries()) {
      expect(fpir).toBeGreaterThan(points[i - 1]?.[0] ?? 0);
      expect(fnir).toBeLessThanOrEqual(points[i - 1]?.[1] ?? 1);
    }
    // Ties: a threshold that names one of these strangers names all.
    const tied = { ...searches, nearest: searches.nearest.map(() => 1) };
    expect(detCurve(tied)).toEqual([[1, expect.any(Number)]]);
    const plot = detPlot(set, curves);
    expect(plot).toContain('10, 3 pictures each');
    expect(plot).not.toMatch(/NaN|undefined|Infinity/);
  });
});
