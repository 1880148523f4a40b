/** The commands from end to end: pictures of a handful of people, a network that knows nothing. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { score } from '../../../worker/face/decision/calibration.ts';
import { standIn } from '../../support/node/stand-in.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FACES = join(ROOT, 'test/fixtures/faces');
const DEMO = join(ROOT, 'node_modules/@vladmandic/face-api/demo');

const PICTURES = {
  'Eileen/Eileen_0001.jpg': join(FACES, 'face.jpg'),
  'Eileen/Eileen_0002.jpg': join(FACES, 'face-dark.jpg'),
  'Eileen/Eileen_0003.jpg': join(FACES, 'face-exif6.jpg'),
  'One/One_0001.jpg': join(DEMO, 'sample1.jpg'),
  'Two/Two_0001.jpg': join(DEMO, 'sample2.jpg'),
  'Three/Three_0001.jpg': join(DEMO, 'sample3.jpg'),
  'Four/Four_0001.jpg': join(DEMO, 'sample4.jpg'),
} as const;

const PAIRS = `2\t2
Eileen\t1\t2
Eileen\t1\t3
Eileen\t1\tOne\t1
One\t1\tTwo\t1
Eileen\t2\t3
Eileen\t2\t4
Eileen\t2\tTwo\t1
Eileen\t3\tOne\t1
`;

const folder = mkdtempSync(join(tmpdir(), 'visavis-evaluate-'));
const inFolder = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(inFolder(name), 'utf8'));

function tool(name: string, ...args: string[]) {
  const model = ['--model', inFolder('models/standin')];
  const argv = ['--import', 'tsx', 'scripts/tool.ts', name, ...model, ...args];
  return promisify(execFile)(process.execPath, argv, { cwd: ROOT });
}

let printed: string[] = [];

beforeAll(async () => {
  for (const [name, from] of Object.entries(PICTURES)) {
    mkdirSync(dirname(inFolder(`lfw/${name}`)), { recursive: true });
    copyFileSync(from, inFolder(`lfw/${name}`));
  }
  writeFileSync(inFolder('lfw/Eileen/Eileen_0004.jpg'), 'no picture at all');
  writeFileSync(inFolder('lfw/pairs.txt'), PAIRS);
  mkdirSync(inFolder('models/standin'), { recursive: true });
  writeFileSync(inFolder('models/standin/network.onnx'), standIn(1));
  writeFileSync(inFolder('other.onnx'), standIn(2));
  writeFileSync(inFolder('README.md'), '<!-- accuracy:begin -->\n<!-- accuracy:end -->\n');
  const lfw = inFolder('lfw');
  const calibrated = await tool('calibrate', '--pictures', lfw, '--least-pairs', '1');
  const evaluated = await tool(
    'evaluate',
    ...['--lfw', lfw, '--fp32', inFolder('other.onnx')],
    ...['--json', inFolder('report.json'), '--plots', inFolder('plots'), '--templates'],
  );
  // What `card` does beyond the two is rendering.
  const { others, ...lfwReport } = json('report.json');
  const { sha256, detectorSha256, landmarkerSha256, command: by } = lfwReport;
  const accuracy = {
    model: 'standin',
    sha256,
    detectorSha256,
    landmarkerSha256,
    lfw: lfwReport,
    fp32: others[0],
    command: by,
  };
  writeFileSync(inFolder('models/standin/accuracy.json'), JSON.stringify(accuracy));
  const target = ['--models', inFolder('models'), '--readme', inFolder('README.md')];
  await tool('card', '--render', ...target);
  printed = [calibrated.stdout, evaluated.stdout];
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run tool -- evaluate', () => {
  it('judges every pair, and a refused picture as an error that is listed', () => {
    const report = json('report.json');
    expect(report).toMatchObject({
      model: 'standin',
      set: 'LFW view 2',
      pictures: 6,
      genuinePairs: 4,
      impostorPairs: 4,
      refused: {
        count: 1,
        byCode: { unsupported_format: 1 },
        files: [{ file: 'Eileen/Eileen_0004.jpg', code: 'unsupported_format' }],
      },
    });
    // One genuine pair of four is refused: at no threshold is VAL more than three quarters.
    for (const { val } of [...report.rates, ...report.shipped])
      expect(val).toBeLessThanOrEqual(0.75);
    expect(report.accuracy.mean).toBeLessThan(1);
    expect(report.accuracy.folds).toHaveLength(2);
    expect(report.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(report.command).not.toContain(folder);
    expect(printed[1]).toContain('unsupported_format  Eileen/Eileen_0004.jpg');
  });

  it('judges the same pairs with references as templates', () => {
    const { templates, auc, accuracy, others } = json('report.json');
    expect(templates.auc).toBeCloseTo(auc, 1);
    expect(templates.accuracy.folds).toHaveLength(accuracy.folds.length);
    expect(templates.largestChange).toBeGreaterThan(0);
    expect(templates.largestChange).toBeLessThan(0.05);
    expect(templates.gates.pictures).toBe(5);
    expect(others[0]).not.toHaveProperty('templates');
    expect(printed[1]).toContain('References as templates of one picture');
  });

  it('puts another network to the same crops', () => {
    const { others, sha256 } = json('report.json');
    expect(others).toHaveLength(1);
    expect(others[0]).toMatchObject({ network: 'other.onnx', pictures: 6 });
    expect(others[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(others[0].sha256).not.toBe(sha256);
  });

  it('draws its plots', () => {
    for (const plot of ['roc', 'distances']) {
      expect(readFileSync(inFolder(`plots/${plot}.svg`), 'utf8')).toContain('</svg>');
    }
  });
});

describe('npm run tool -- calibrate', () => {
  it('writes thresholds that the Worker can read', () => {
    const calibration = json('models/standin/calibration.json');
    // Seven answered pictures: three of one person, one each of four others.
    expect(calibration).toMatchObject({
      model: 'standin',
      identities: 5,
      pictures: 8,
      genuinePairs: 6,
      impostorPairs: 18,
      refused: { unsupported_format: 1 },
    });
    for (const { far, threshold } of calibration.rates) {
      expect(score(threshold, calibration)).toBeGreaterThanOrEqual(-Math.log10(far));
    }
    expect(printed[0]).toContain('standin on lfw');
  });
});

describe('npm run tool -- card', () => {
  it('renders the card and the README from what was measured', () => {
    const card = readFileSync(inFolder('models/MODEL_CARD.md'), 'utf8');
    expect(card).toContain('## standin');
    expect(card).not.toMatch(/undefined|NaN/);
    expect(readFileSync(inFolder('README.md'), 'utf8')).toContain('`standin`');
  });
});
