/** Early exit: when mirror images are embedded, and what distances come of it. */
import { describe, expect, it } from 'vitest';
import { distanceOfViews, templateDistanceOfViews } from '../../../scripts/evaluate/views.ts';
import type { Crop } from '../../../worker/face/alignment/align.ts';
import type { NetworkPoints } from '../../../worker/face/decision/calibration.ts';
import { verificationPoints } from '../../../worker/face/decision/calibration.ts';
import { distanceOfFaces, distanceOfTemplate } from '../../../worker/face/decision/early-exit.ts';
import { DIMENSION } from '../../../worker/face/embedding/embed.ts';
import type { Embedder } from '../../../worker/face/network.ts';
import { MODELS } from '../../../worker/runtime/models.ts';

const SIZE = 3 * 140 * 116;

function operatingPoints(...thresholds: number[]) {
  const rates = thresholds.map((threshold, i) => ({
    far: [0.1, 0.0001][i] as number,
    threshold,
    val: 0.9,
  }));
  return { rates, largestImpostorDistance: 3 };
}

/** Crops decide up to 0.5 and beyond 1.5; full embeddings have these rates at 0.4 and 1.2. */
const full = operatingPoints(1.2, 0.4);
const points: NetworkPoints = {
  ...full,
  earlyExit: { crop: operatingPoints(1.5, 0.5), points: operatingPoints(1.25, 0.45) },
};

/** A unit vector at this squared distance from the first axis. */
function at(distance: number): Float32Array {
  const cos = 1 - distance / 2;
  const vector = new Float32Array(DIMENSION);
  vector.set([cos, Math.sqrt(1 - cos * cos)]);
  return vector;
}

/** A crop whose first pixel is bright: the mirror image has it last in its row. */
function crop(value: number): Crop {
  const pixels = new Uint8Array(SIZE);
  pixels[0] = value;
  return pixels;
}

/** The second face's crop lies this far from the first one's, its mirror image so far from the first one's mirror image. */
function network(ofCrops: number, ofMirrors: number, output = 'embedding') {
  const runs: number[] = [];
  const embedder: Embedder = {
    outputs: [output],
    async run({ data, shape }) {
      const count = shape[0] as number;
      const embedding = new Float32Array(count * DIMENSION);
      let mirrors = 0;
      for (let i = 0; i < count; i++) {
        const [first, last] = [data[i * SIZE], data[i * SIZE + 115]];
        mirrors += last === 0 ? 0 : 1;
        const second = (first || last) === 2;
        const distance = second ? (last === 0 ? ofCrops : ofMirrors) : 0;
        embedding.set(at(distance), i * DIMENSION);
      }
      runs.push(mirrors);
      return { [output]: embedding };
    },
  };
  return { embedder, mirrors: () => runs.reduce((sum, count) => sum + count, 0) };
}

const pair = [crop(1), crop(2)] as const;

describe('two faces', () => {
  it.each([
    ['near', 0.25, 0.2],
    ['at the rarest rate', 0.5, 0.4],
    ['far apart', 2, 1.2 + (0.5 / 2.5) * 2.8],
  ])(
    '%s are judged by their crops, on the scale of full embeddings',
    async (_, distance, expected) => {
      const { embedder, mirrors } = network(distance, 1);
      expect(await distanceOfFaces(embedder, pair, points)).toBeCloseTo(expected, 5);
      expect(mirrors()).toBe(0);
    },
  );

  it.each([0.51, 1, 1.49])('at %f are judged by their mirror images too', async (distance) => {
    const { embedder, mirrors } = network(distance, distance);
    expect(await distanceOfFaces(embedder, pair, points)).toBeCloseTo(distance, 5);
    expect(mirrors()).toBe(2);
  });

  it('always are where early exit was not measured', async () => {
    const { embedder, mirrors } = network(0.1, 0.1);
    expect(await distanceOfFaces(embedder, pair, full)).toBeCloseTo(0.1, 5);
    expect(mirrors()).toBe(2);
  });

  it('never are by a network that is taught on crops alone', async () => {
    const { embedder, mirrors } = network(1, 2, 'face_embedding');
    expect(await distanceOfFaces(embedder, pair, points)).toBeCloseTo(1, 5);
    expect(mirrors()).toBe(0);
  });
});

describe('a template and a face', () => {
  it('are judged by the crop where it decides', async () => {
    const { embedder, mirrors } = network(0.25, 1);
    expect(await distanceOfTemplate(embedder, at(0), crop(2), points)).toBeCloseTo(0.2, 5);
    expect(mirrors()).toBe(0);
  });

  it('are judged by the mirror image too where it does not', async () => {
    const { embedder, mirrors } = network(1, 1);
    expect(await distanceOfTemplate(embedder, at(0), crop(2), points)).toBeCloseTo(1, 5);
    expect(mirrors()).toBe(1);
  });
});

describe('distances measured offline', () => {
  const views = (face: number, plain: number) => Float32Array.of(...at(face), ...at(plain));

  it.each([
    [0.25, 0.2],
    [1, 0.8],
    [2, 1.76],
  ])('are those of the Worker: %f', (plain, expected) => {
    const measured = distanceOfViews(points)(views(0, 0), views(0.8, plain));
    expect(measured).toBeCloseTo(expected, 5);
    expect(templateDistanceOfViews(points)(at(0), views(0.8, plain))).toBeCloseTo(expected, 5);
  });

  it('are those of faces alone for a network that takes no mirror images', () => {
    expect(distanceOfViews(points)(at(0), at(0.25))).toBeCloseTo(0.25, 5);
  });
});

describe('the calibration of mobilefacenet-int8', () => {
  const { earlyExit, rates, templates } = MODELS['mobilefacenet-int8'].calibration;

  it('has early exit, for every rate that it offers, and for templates', () => {
    const fars = rates.map(({ far }) => far);
    expect(earlyExit?.points.rates.map(({ far }) => far)).toEqual(fars);
    for (const points of templates) {
      expect(verificationPoints(points).rates.map(({ far }) => far)).toEqual(
        points.rates.map(({ far }) => far),
      );
      expect(verificationPoints(points)).not.toBe(points);
    }
  });

  it('loses nothing by it: VAL less that of full embeddings', () => {
    const measured = (earlyExit as unknown as { againstFull: Difference[] }).againstFull;
    expect(measured.map(({ far }) => far)).toEqual([1e-2, 1e-3, 1e-4, 1e-5]);
    for (const { far, difference } of measured.filter(({ far }) => far >= 1e-4)) {
      expect(difference, String(far)).toBeGreaterThan(-0.005);
    }
  });
});

interface Difference {
  readonly far: number;
  readonly difference: number;
}
