/** The cascade: when the second network is asked, and what comes of both distances. */
import { describe, expect, it } from 'vitest';
import small from '../../../model/cascades/inception-small-2+mobilefacenet-int8.json';
import { deployedModels } from '../../../worker/deployed-models.ts';
import type { Crop } from '../../../worker/face/alignment/align.ts';
import { findRate, score } from '../../../worker/face/decision/calibration.ts';
import {
  atRate,
  type CascadeRate,
  cascadeDistance,
  fastDecides,
  fuse,
  networksOf,
} from '../../../worker/face/decision/cascade.ts';
import type { Embedder } from '../../../worker/face/network.ts';
import { verify } from '../../../worker/face/verify.ts';
import { loadEngine } from '../../../worker/runtime/engine.ts';
import { cascadeCalibration, MODELS, type ModelName } from '../../../worker/runtime/models.ts';
import { offered, points } from '../../support/cascade.ts';
import { face } from '../../support/pictures.ts';

describe('a name of MODEL', () => {
  it('is a network, or two of them', () => {
    expect(networksOf('mobilefacenet')).toEqual({ slow: 'mobilefacenet' });
    expect(networksOf('inception-4+mobilefacenet')).toEqual({
      fast: 'inception-4',
      slow: 'mobilefacenet',
    });
  });

  it.each([
    'mobilefacenet+',
    '+mobilefacenet',
    'mobilefacenet+inception-4',
    'inception-4+mobilefacenet+inception-small-2',
    'inception-4+',
    '',
  ])('may not be "%s"', async (name) => {
    const refused = { failure: expect.objectContaining({ code: 'not_configured' }) };
    const models = deployedModels(loadEngine);
    await expect(models.load(name)).rejects.toMatchObject(refused);
    expect(() => models.card(name)).toThrow(expect.objectContaining(refused));
  });
});

describe('two distances', () => {
  it.each([
    ['at one rate each are that of the fast one', 1, 1.3, 1],
    ['at two rates lie between', 1, 0.9, 0.9],
  ])('%s', (_, fast, slow, expected) => {
    expect(fuse(fast, slow, points)).toBeCloseTo(expected, 9);
  });

  it.each([
    [0, 0.8],
    [0.25, 0.85],
    [1, 1],
  ])('count as the rule says: the fast one %f', (fastWeight, expected) => {
    const weighted = { ...points, rule: { ...points.rule, fastWeight } };
    expect(fuse(1, 0.9, weighted)).toBeCloseTo(expected, 9);
  });
});

describe('the fast network', () => {
  it.each([
    [0.01, 1.2],
    [0.1, 1.4],
  ])('is sure of two people beyond its threshold of the rule’s rate: %f', (differentFar, there) => {
    const ruled = { ...points, rule: { ...points.rule, differentFar } };
    expect(fastDecides(there, ruled)).toBe(false);
    expect(fastDecides(there + 1e-6, ruled)).toBe(true);
    expect(fastDecides(0.8, ruled)).toBe(true);
    expect(fastDecides(0.8 + 1e-6, ruled)).toBe(false);
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

  it.each([0.5, 2])('is the fast network’s alone where that is sure: %f', async (distance) => {
    const slow = network(1);
    const by = cascadeDistance(network(distance), points, slow, crops);
    expect(await by).toBeCloseTo(distance, 5);
    expect(slow.runs).toBe(0);
  });

  it('is looked at by both where it is not', async () => {
    const slow = network(0.9);
    expect(await cascadeDistance(network(1), points, slow, crops)).toBeCloseTo(0.9, 5);
    expect(slow.runs).toBe(2);
  });

  it.each([
    [0.01, 0],
    [0.001, 2],
  ])('that is alike enough for one rate is deferred for a rarer one: %f', async (far, runs) => {
    const slow = network(0.9);
    await cascadeDistance(network(0.95), atRate(offered, far), slow, crops);
    expect(slow.runs).toBe(runs);
  });
});

describe('a cascade at a rate', () => {
  it('has the rate’s own limit and scale', () => {
    const { rates, ...networks } = offered;
    for (const { far, near, scale } of rates) {
      expect(atRate(offered, far)).toEqual({ ...networks, near, scale });
    }
    expect(() => atRate(offered, 0.0001)).toThrow('no rate of 0.0001 in a cascade');
  });
});

describe.each([small])('the cascade of $fast before $slow', (cascade) => {
  const { pairs, templates } = cascadeCalibration(cascade.fast, cascade.slow);

  it('was measured with the networks that are deployed, by its rule', () => {
    expect(pairs.fast).toBe(MODELS[cascade.fast as ModelName].calibration);
    expect(pairs.slow).toBe(MODELS['mobilefacenet-int8'].calibration);
    expect(cascade.fastSha256).toBe(MODELS[cascade.fast as ModelName].calibration.sha256);
    expect(cascade.slowSha256).toBe(MODELS['mobilefacenet-int8'].calibration.sha256);
    for (const { rule } of [pairs, ...templates]) expect(rule).toEqual(cascade.rule);
    expect(pairs.rates).toBe(cascade.rates);
    expect(templates.map(({ rates }) => rates)).toEqual(
      cascade.templates.map(({ rates }) => rates),
    );
    const [usual, ...rarer] = pairs.fast.rates.map(({ threshold }) => threshold);
    expect(usual).toBeGreaterThan(rarer[0] as number);
    expect(cascade.rule.sameShare).toBe(0.1);
    // Measured apart, by other builds of the onnxruntime.
    for (const [i, threshold] of rarer.entries()) {
      expect(pairs.rates[i]?.near).toBeCloseTo(threshold, 2);
    }
    for (const { rates } of [pairs, ...templates]) {
      for (const { far, near, threshold, scale } of rates) {
        expect(findRate(scale, far)?.threshold).toBe(threshold);
        expect(near, String(far)).toBeGreaterThan(0);
        expect(near, String(far)).toBeLessThan(threshold);
      }
    }
  });

  it('offers the rates that the slow network does, and is as good at each', () => {
    const fars = pairs.rates.map(({ far }) => far);
    expect(fars).toEqual(MODELS['mobilefacenet-int8'].calibration.rates.map(({ far }) => far));
    const compared = cascade.rates.flatMap(({ againstSlow }) => againstSlow ?? []);
    expect(compared.map(({ far }) => far)).toEqual([1e-2, 1e-3, 1e-4, 1e-5]);
    for (const { far, difference, interval } of compared) {
      // Bound: a quarter of a point, less than the width of the widest interval.
      expect(difference, String(far)).toBeGreaterThan(-0.0025);
      expect(interval[0], String(far)).toBeGreaterThan(-0.01);
    }
  });
});

describe('cascades', () => {
  it.each([
    ['inception-generated-3', 'mobilefacenet-int8'],
    ['inception-small-2', 'inception-generated-3'],
    ['inception-4', 'mobilefacenet-int8'],
  ])('are no others: %s before %s', (fast, slow) => {
    expect(() => cascadeCalibration(fast, slow)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'not_configured' }) }),
    );
  });
});

describe('the check of a cascade', () => {
  it.each(['inception-small-2', 'mobilefacenet-int8'])(
    'fails where %s does not run',
    async (broken) => {
      const embedder = { outputs: [], run: () => Promise.reject(new Error(broken)) };
      const models = deployedModels(async (name) => {
        const engine = await loadEngine(name);
        return name === broken ? { ...engine, embedder } : engine;
      });
      await expect(
        (await models.load('inception-small-2+mobilefacenet-int8')).check(),
      ).rejects.toThrow(broken);
      await (await deployedModels(loadEngine).load('inception-small-2+mobilefacenet-int8')).check();
    },
  );
});

describe.each(['inception-small-2'] as const)(
  'pictures by %s before mobilefacenet-int8',
  (fast) => {
    it('have its distance: the fast network’s, or both’s by the rule', async () => {
      const models = deployedModels(loadEngine);
      const { pairs, templates } = cascadeCalibration(fast, 'mobilefacenet-int8');
      const rate = findRate(pairs, 0.001) as CascadeRate;
      const [reference, probe] = [face('face.jpg'), face('face-turned+40.jpg')];
      const input = { reference, probe, rate, faces: 'dominant' } as const;
      const by = async (name: string) => (await models.load(name)).verify(input);
      const [one, other] = [await by(fast), await by('mobilefacenet-int8')];
      expect(fastDecides(one.distance, atRate(pairs, 0.001))).toBe(true);
      const sure = await by(`${fast}+mobilefacenet-int8`);
      expect(sure).toMatchObject({
        same: true,
        distance: one.distance,
        score: score(one.distance, rate.scale),
        model: `${fast}+mobilefacenet-int8`,
      });
      // One that is sure of nothing, on the same scales: both networks are asked.
      const { embedder } = await loadEngine(fast);
      const unsure = { ...pairs, rates: [{ ...rate, near: -1 }] };
      const cascade = { name: 'unsure', embedder, fastId: 'fast', pairs: unsure, templates };
      const asked = await verify(await loadEngine('mobilefacenet-int8'), input, cascade);
      expect(asked.distance).toBeCloseTo(
        fuse(one.distance, other.distance, atRate(unsure, 0.001)),
        6,
      );
      expect(asked.distance).not.toBeCloseTo(one.distance, 3);
    });
  },
);
