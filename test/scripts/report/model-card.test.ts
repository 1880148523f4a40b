import { describe, expect, it } from 'vitest';
import type { CalibrationFile } from '../../../scripts/calibrate/calibration-file.ts';
import { reportGates } from '../../../scripts/calibrate/gate-report.ts';
import { calibrateTemplates, measureBeyond } from '../../../scripts/calibrate/templates.ts';
import { calibrate, FARS } from '../../../scripts/calibrate/thresholds.ts';
import { readOnnx } from '../../../scripts/convert/onnx-reader.ts';
import { reportPairs } from '../../../scripts/evaluate/set-report.ts';
import { dataSection } from '../../../scripts/report/data-section.ts';
import { percent, rate } from '../../../scripts/report/format.ts';
import { replaceBlock } from '../../../scripts/report/marked-block.ts';
import { benchmarksBlock, type CardModel, modelCard } from '../../../scripts/report/model-card.ts';
import { readmeBlock } from '../../../scripts/report/readme-block.ts';
import { calibrationText, reportText } from '../../../scripts/report/tables.ts';
import type { Judged } from '../../../scripts/statistics/folds.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import { ENROLMENT_FAR } from '../../../worker/face/enrol.ts';
import { METADATA, standIn } from '../../support/node/stand-in.ts';
import { people } from '../../support/node/synthetic.ts';
import { GOOD } from '../../support/quality.ts';

const set = people(120, 4, 0.7);
const { pairs, ...calibrated } = calibrate(set);
const network = standIn(1);

const next = random(3);
const judged: Judged[] = Array.from({ length: 2000 }, (_, i) => {
  const same = i % 2 === 0;
  return {
    same,
    fold: Math.floor(i / 200),
    distance: i === 5 ? undefined : next() + (same ? 0 : 0.9),
  };
});
const { report: lfw } = reportPairs(judged, [1e-2, 1e-3], {
  set: 'LFW view 2',
  pictures: 1500,
  refused: [{ file: 'Ann/Ann_0001.jpg', code: 'no_face' }],
  shipped: calibrated.rates,
});

const enrollable = {
  persons: set.persons,
  good: set.persons.map(() => true),
  embeddings: set.embeddings.map((short) => {
    const long = new Float32Array(128);
    if (short) long.set(short);
    return long;
  }),
};
const onePerson = { far: 1e-3, threshold: 1, val: 1 };
const templates = calibrateTemplates(enrollable, onePerson, FARS, 30);
const beyond = measureBeyond(enrollable, onePerson, 4, templates.at(-1) as (typeof templates)[0]);
const gates = reportGates([GOOD, GOOD, GOOD, { ...GOOD, yaw: 80 }]);

const calibration: CalibrationFile = {
  model: 'standin',
  sha256: 'c0ffee',
  detectorSha256: 'decaf',
  landmarkerSha256: 'facade',
  data: 'made-up people',
  identities: 120,
  pictures: 480,
  genuinePairs: pairs.genuine.length,
  impostorPairs: pairs.impostors.length,
  refused: {},
  dropped: [{ identity: '8524', because: 'probably the same person as 8549' }],
  ...calibrated,
  templates,
  beyond,
  gates,
  intervals: '95 %, bootstrap over identities',
  command: 'npm run tool -- card',
};

const model: CardModel = {
  name: 'standin',
  size: network.length,
  network: readOnnx(network),
  calibration,
  accuracy: {
    model: 'standin',
    sha256: 'c0ffee',
    detectorSha256: 'decaf',
    landmarkerSha256: 'facade',
    lfw: {
      ...lfw,
      templates: {
        accuracy: { ...(lfw.accuracy as NonNullable<typeof lfw.accuracy>), mean: 0.5 },
        auc: 0.75,
        rates: lfw.rates,
        shipped: lfw.shipped,
        largestChange: 0.0123,
        gates,
      },
    },
    fp32: { ...lfw, sha256: 'f00d' },
    lfwCentre: {
      accuracy: lfw.accuracy as NonNullable<typeof lfw.accuracy>,
      auc: 1,
      refused: lfw.refused,
    },
    command: 'npm run tool -- card --lfw lfw.tar',
  },
};

describe('the model card', () => {
  const card = modelCard([model]);

  it('counts refused pairs', () => {
    expect(card).toMatch(/refused pairs +\| 1 of 2,000: /);
  });

  it('says what was measured, on what, by which command', () => {
    expect(card).toContain(percent(lfw.accuracy?.mean as number));
    expect(card).toContain('npm run tool -- card --lfw lfw.tar');
    expect(card).toContain('114,240 impostor pairs');
    expect(card).toContain('8524: probably the same person as 8549');
    expect(card).toContain('`Ann/Ann_0001.jpg` (no_face)');
    expect(card).toContain('+0.00 points');
    for (const { threshold } of calibration.rates) expect(card).toContain(threshold.toFixed(4));
  });

  it('gives the recipe and data from the network itself, with their terms', () => {
    for (const value of Object.values(METADATA)) expect(card).toContain(value);
    expect(card).toContain('non-commercial research');
  });

  it('has weaknesses, retraining and plots, and nothing undefined', () => {
    for (const heading of ['Known weaknesses', 'How to retrain', 'Data and terms']) {
      expect(card).toContain(heading);
    }
    expect(card).toContain('(standin/roc.svg)');
    expect(card).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('the model card, of data', () => {
  it('says where a network was trained on nothing', () => {
    const text = dataSection('', 'convert: from the layers of MobileFaceNet.onnx, no training');
    expect(text).toContain('It was trained on no pictures here.');
    expect(text).toContain('Made from the layers of: MobileFaceNet');
  });

  it('names packs whose terms are not known beside those whose are', () => {
    const text = dataSection('celeba staff-photos', 'distill: teacher dlib');
    expect(text).toContain('non-commercial research');
    expect(text).toContain('Terms not known here: staff-photos.');
  });
});

describe('the model card, of templates', () => {
  const card = modelCard([model]);

  it('gives the thresholds of each size, and what was refused before', () => {
    for (const { rates } of templates) {
      for (const { threshold, val } of rates) {
        expect(card).toContain(threshold.toFixed(4));
        expect(card).toContain(percent(val));
      }
    }
    for (const { pictures, notOnePerson, templates: made } of templates.slice(1)) {
      const all = made + notOnePerson;
      expect(card).toContain(`${percent(notOnePerson / all, 1)} of ${all} sets of ${pictures}`);
    }
    expect(card).toContain('25.0 % (');
    expect(card).toContain('1 of 4: 1 turned');
    expect(card).toContain('Templates of 4 pictures take the thresholds of 3.');
  });

  it('says what int8 loses', () => {
    const lost = 100 * ((lfw.accuracy?.mean as number) - 0.5);
    expect(card).toContain(`50.00 % instead of ${percent(lfw.accuracy?.mean as number)}`);
    expect(card).toContain(`(−${lost.toFixed(2)} points)`);
    expect(card).toContain('no squared distance moved by more than 0.0123');
    expect(reportText(model.accuracy.lfw)).toContain(`(−${lost.toFixed(2)} points)`);
  });

  it('names the rate by which pictures pass for one person', () => {
    expect(card).toContain(`every two of them at FAR ${rate(ENROLMENT_FAR)}.`);
    // Two intervals of the section are not over people, as all others are.
    expect(card).toContain("Intervals of these shares are Wilson's, over pictures.");
    expect(card).toMatch(
      /false-accept rate is then, at .* \(95 % intervals by Clopper and Pearson/,
    );
  });

  it('says so where there are none', () => {
    const none = modelCard([{ ...model, calibration: { ...calibration, templates: [] } }]);
    expect(none).toContain('nobody can be enrolled');
    expect(none).not.toMatch(/undefined|NaN/);
  });

  it('is what the terminal says too', () => {
    const text = calibrationText(calibration);
    for (const { rates } of templates) expect(text).toContain(rates[0]?.threshold.toFixed(4));
  });
});

describe("the README's block", () => {
  it('has a column for each model, and what was measured', () => {
    const block = readmeBlock([model]);
    expect(block.split('\n')[0]).toContain('`standin`');
    expect(block.split('\n')).toHaveLength(6);
    for (const rate of [1e-3, 1e-4]) {
      const val = calibration.rates.find(({ far }) => far === rate)?.val;
      if (val !== undefined) expect(block).toContain(`${(100 * val).toFixed(2)} %`);
    }
  });

  it('has the cascade first, and no column for the network that only looks first', () => {
    const rates = [{ far: 1e-3, val: 0.123 }];
    const lfw = [{ who: 'quick+standin', accuracy: 0.5, error: 0.01, auc: 0.5, val: 0.456 }];
    const cascade = { fast: 'quick', slow: 'standin', rates, lfw };
    const block = readmeBlock([{ ...model, name: 'quick' }, model], [cascade] as never);
    const cells = block.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells.map((row) => row[2]).filter((cell) => !/^-+$/.test(cell as string))).toEqual([
      '`quick+standin`',
      '50.00 % ± 1.00 %',
      '45.60 %',
      '12.30 %',
      '–',
    ]);
    expect(cells[0]).toHaveLength(5);
    expect(cells[0]?.[3]).toBe('`standin`');
  });

  it('is replaced between its marks, and only there', () => {
    const block = benchmarksBlock([model], 'standin');
    expect(block).toContain('`standin`');
    expect(block).toContain('1 of 1,500');
    const text = 'a\n<!-- accuracy:begin -->\nstale\n<!-- accuracy:end -->\nz\n';
    const once = replaceBlock(text, 'accuracy', block);
    expect(once.startsWith('a\n<!-- accuracy:begin -->\n')).toBe(true);
    expect(once.endsWith('\n<!-- accuracy:end -->\nz\n')).toBe(true);
    expect(once).not.toContain('stale');
    expect(replaceBlock(once, 'accuracy', block)).toBe(once);
    expect(() => replaceBlock('nothing', 'accuracy', block)).toThrow('accuracy:begin');
  });
});
