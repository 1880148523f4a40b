/** The cascade: when the second network is asked, and what comes of both distances. */
import { describe, expect, it } from 'vitest';
import cascade from '../../model/cascade.json';
import { deployedModels } from '../../worker/deployed-models.ts';
import type { Crop } from '../../worker/face/align.ts';
import { findRate, type OperatingPoints, type Rate } from '../../worker/face/calibration.ts';
import {
  type Cascade,
  type CascadePoints,
  cascadeDistance,
  fastDecides,
  fuse,
} from '../../worker/face/cascade.ts';
import type { Embedder } from '../../worker/face/network.ts';
import type { Model } from '../../worker/http/context.ts';
import { loadEngine } from '../../worker/runtime/engine.ts';
import { cascadePoints, MODELS } from '../../worker/runtime/models.ts';
import { face } from '../support/pictures.ts';

const points: CascadePoints = {
  fast: operatingPoints([1.4, 1.2, 1, 0.8]),
  slow: operatingPoints([1.6, 1.5, 1.3, 0.9]),
};

function operatingPoints(thresholds: readonly number[]) {
  const rates = thresholds.map((threshold, i) => ({
    far: [0.1, 0.01, 0.001, 0.0001][i] as number,
    threshold,
    val: 0.9,
  }));
  return { rates, largestImpostorDistance: 3 };
}

describe('two distances', () => {
  it.each([
    ['at one rate each are that of the fast one', 1, 1.3, 1],
    ['at two rates lie between', 1, 0.9, 0.9],
  ])('%s', (_, fast, slow, expected) => {
    expect(fuse(fast, slow, points)).toBeCloseTo(expected, 9);
  });
});

describe('a pair of faces', () => {
  const crops = [crop(1), crop(2)] as const;

  function crop(value: number): Crop {
    return new Uint8Array(3 * 140 * 116).fill(value);
  }

  /** Counts its runs, and embeds two faces this far from each other. */
  function network(distance: number): Embedder & { runs: number } {
    const cos = 1 - distance / 2;
    const [a, b] = [new Float32Array(128), new Float32Array(128)];
    a[0] = 1;
    b.set([cos, Math.sqrt(1 - cos * cos)]);
    return {
      runs: 0,
      outputs: ['face_embedding'],
      async run() {
        this.runs += 1;
        return { face_embedding: this.runs % 2 === 1 ? a : b };
      },
    };
  }

  const by = (embedder: Embedder): Cascade => ({
    ...points,
    name: 'a+b',
    embedder,
    points: points.fast,
  });

  it.each([0.5, 2])('is the fast network’s alone where that is sure: %f', async (distance) => {
    const slow = network(1);
    expect(await cascadeDistance(by(network(distance)), slow, crops)).toBeCloseTo(distance, 5);
    expect(slow.runs).toBe(0);
  });

  it('is looked at by both where it is not', async () => {
    const slow = network(0.9);
    expect(await cascadeDistance(by(network(1)), slow, crops)).toBeCloseTo(0.9, 5);
    expect(slow.runs).toBe(2);
  });
});

describe('the cascade that is deployed', () => {
  it('was measured with the networks that are', () => {
    const { fast, slow } = cascadePoints('inception-4', 'nns1');
    expect(fast).toBe(MODELS['inception-4'].calibration);
    expect(slow).toBe(MODELS.nns1.calibration);
    expect(cascade.fastSha256).toBe(MODELS['inception-4'].calibration.sha256);
    expect(cascade.slowSha256).toBe(MODELS.nns1.calibration.sha256);
  });

  it('offers the rates that the slow network does, and is as good at those that logins need', () => {
    const { points } = cascadePoints('inception-4', 'nns1');
    const fars = points.rates.map(({ far }) => far);
    expect(fars).toEqual(MODELS.nns1.calibration.rates.map(({ far }) => far));
    for (const { far, interval } of cascade.againstSlow.filter(({ far }) => far >= 1e-4)) {
      expect(interval[0], String(far)).toBeGreaterThan(-0.01);
    }
  });

  it.each([
    ['nns2', 'nns1'],
    ['inception-4', 'nns2'],
  ])('is no other: %s before %s', (fast, slow) => {
    expect(() => cascadePoints(fast, slow)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'not_configured' }) }),
    );
  });
});

describe('pictures by the deployed cascade', () => {
  it('have its distance: the fast network’s, or the mean of both', async () => {
    const models = deployedModels(loadEngine);
    const [fast, slow] = [await models.load('inception-4'), await models.load('nns1')];
    const deployed = await slow.cascade('inception-4');
    // One that is sure of nothing, on the same scales: both networks are asked.
    const unsure = { ...deployed, points: deployed.points, fast: withoutSureness(deployed.fast) };
    const rate = findRate(deployed.points, 0.001) as Rate;
    const distanceOf = async (model: Model, cascade?: Cascade) => {
      const [reference, probe] = [face('face.jpg'), face('face-turned+40.jpg')];
      const faces = 'dominant' as const;
      const answer = await model.verify({ reference, probe, rate, faces, cascade });
      return answer;
    };
    const [one, other] = [await distanceOf(fast), await distanceOf(slow)];
    expect(fastDecides(one.distance, deployed)).toBe(true);
    const sure = await distanceOf(slow, deployed);
    expect(sure).toMatchObject({ same: true, distance: one.distance, model: 'inception-4+nns1' });
    const asked = await distanceOf(slow, unsure);
    expect(asked.distance).toBeCloseTo(fuse(one.distance, other.distance, unsure), 6);
    expect(asked.distance).not.toBeCloseTo(one.distance, 3);
  });

  /** Its scale below an offered rate that no distance reaches. */
  function withoutSureness(points: OperatingPoints): OperatingPoints {
    const [loosest] = points.rates as readonly [Rate];
    return { ...points, rates: [loosest, { far: 1e-9, threshold: -1, val: 0 }] };
  }
});
