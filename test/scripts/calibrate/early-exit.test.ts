/** Early exit, calibrated on made-up people whose crops are noisier than their full embeddings. */
import { describe, expect, it } from 'vitest';
import { calibratePairExit } from '../../../scripts/calibrate/early-exit.ts';
import type { Enrollable } from '../../../scripts/calibrate/template-comparisons.ts';
import { calibrateTemplates } from '../../../scripts/calibrate/templates.ts';
import { calibrate, FARS } from '../../../scripts/calibrate/thresholds.ts';
import { distanceOfViews } from '../../../scripts/evaluate/views.ts';
import { earlyExitText } from '../../../scripts/report/early-exit-text.ts';
import { allPairs } from '../../../scripts/statistics/all-pairs.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import { countWithin } from '../../../scripts/statistics/metrics.ts';
import { cropsDecide } from '../../../worker/face/decision/early-exit.ts';
import { squaredDistance } from '../../../worker/face/embedding/distance.ts';
import { enrollable, unit } from '../../support/node/synthetic.ts';

const LEAST = 30;
const faces = enrollable(70, 3, 0.8);
const mirrored = { ...faces, views: faces.embeddings.map(withCrop) } as Enrollable & {
  readonly views: readonly (Float32Array | undefined)[];
};
const plain = { ...faces, views: faces.embeddings };
const full = calibrate(faces, LEAST);
const onePerson = { far: 1e-3, threshold: 4, val: 1 };
const templates = calibrateTemplates(mirrored, onePerson, FARS, LEAST);

/** Behind the embedding of a face that of its crop: the same with some noise. */
function withCrop(face: Float32Array | undefined, i: number): Float32Array | undefined {
  const next = random(i + 1);
  return (
    face &&
    Float32Array.of(
      ...face,
      ...unit([...face].map((x, k) => (k < 16 ? x + 0.2 * (next() - 0.5) : x))),
    )
  );
}

const exit = calibratePairExit(mirrored, full, LEAST) as NonNullable<
  ReturnType<typeof calibratePairExit>
>;

describe('early exit of pairs', () => {
  const distance = distanceOfViews({ ...full, earlyExit: exit });

  it('has the rates that its distances bear', () => {
    const { impostors } = allPairs({ ...mirrored, embeddings: mirrored.views, distance });
    expect(exit.points.rates.map(({ far }) => far)).toEqual(full.rates.map(({ far }) => far));
    for (const { far, threshold, impostorPairs } of exit.points.rates) {
      expect(countWithin(impostors, threshold)).toBe(impostorPairs);
      expect(impostorPairs / impostors.length).toBeLessThanOrEqual(far);
    }
  });

  it('counts how many pairs the crops leave open', () => {
    const counts = { same: [0, 0], different: [0, 0] };
    for (const [i, a] of mirrored.views.entries()) {
      for (const [j, b] of mirrored.views.slice(0, i).entries()) {
        const of = counts[faces.persons[i] === faces.persons[j] ? 'same' : 'different'];
        const crops = squaredDistance(
          (a as Float32Array).subarray(128),
          (b as Float32Array).subarray(128),
        );
        of[0] = (of[0] as number) + 1;
        if (!cropsDecide(crops, exit)) of[1] = (of[1] as number) + 1;
      }
    }
    const share = ([all, open]: number[]) => (open as number) / (all as number);
    expect(exit.mirrored.genuine).toBeCloseTo(share(counts.same), 12);
    expect(exit.mirrored.impostors).toBeCloseTo(share(counts.different), 12);
    expect(exit.mirrored.genuine).toBeGreaterThan(0.05);
    expect(exit.mirrored.impostors).toBeLessThan(0.2);
  });

  it('is compared with full embeddings at the rates of both', () => {
    for (const { far, difference } of exit.againstFull) {
      const val = (rates: typeof full.rates) =>
        rates.find((rate) => rate.far === far)?.val as number;
      expect(difference).toBeCloseTo(val(exit.points.rates) - val(full.rates), 2);
    }
  });

  it('is none of a network that takes no mirror images', () => {
    expect(calibratePairExit(plain, full, LEAST)).toBeUndefined();
  });
});

describe('early exit of templates', () => {
  it('has the rates of full embeddings, and thresholds of its own', () => {
    for (const { rates, earlyExit } of templates) {
      expect(earlyExit?.points.rates.map(({ far }) => far)).toEqual(rates.map(({ far }) => far));
      expect(earlyExit?.crop.rates[0]?.threshold).not.toBe(rates[0]?.threshold);
    }
  });

  it('changes nothing of full embeddings, and is none where no mirror images are taken', () => {
    const bare = calibrateTemplates(faces, onePerson, FARS, LEAST);
    expect(calibrateTemplates(plain, onePerson, FARS, LEAST)).toEqual(bare);
    expect(templates.map(({ earlyExit, ...full }) => full)).toEqual(bare);
  });
});

describe('the section of the model card', () => {
  it('tells how often mirror images are embedded, and what that changes', () => {
    const text = earlyExitText({ ...full, earlyExit: exit, templates } as never);
    expect(text).toContain(`${(100 * exit.mirrored.genuine).toFixed(1)} %`);
    for (const { threshold } of full.rates) expect(text).toContain(threshold.toFixed(4));
    expect(text.match(/^\| [1-4] /gm)).toHaveLength(templates.length);
  });

  it('is empty for a network that embeds crops alone', () => {
    expect(earlyExitText({ ...full, templates } as never)).toBe('');
  });
});
