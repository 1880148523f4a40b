/** Templates of a cascade: which network compares them with a picture, and at which thresholds. */
import { describe, expect, it } from 'vitest';
import small from '../../../model/cascades/inception-small-2+mobilefacenet-int8.json';
import { deployedModels } from '../../../worker/deployed-models.ts';
import type { Crop } from '../../../worker/face/alignment/align.ts';
import {
  findRate,
  type Rate,
  type TemplateOperatingPoints,
  verificationPoints,
} from '../../../worker/face/decision/calibration.ts';
import { cascadeTemplateDistance, isOfCascade } from '../../../worker/face/decision/cascade.ts';
import { isIdOf, modelId } from '../../../worker/face/embedding/model-id.ts';
import type { Template } from '../../../worker/face/embedding/template.ts';
import type { Embedder } from '../../../worker/face/network.ts';
import { loadEngine } from '../../../worker/runtime/engine.ts';
import { MODELS } from '../../../worker/runtime/models.ts';
import { points } from '../../support/cascade.ts';
import { face } from '../../support/pictures.ts';

describe('a template', () => {
  const face: Crop = new Uint8Array(3 * 140 * 116).fill(1);
  const axis = new Int8Array(128).with(0, 127);
  const template = { embedding: axis, pictures: 1, fast: { model: 'a-1', embedding: axis } };

  /** Counts its runs, and embeds a face this far from the template. */
  function network(distance: number): Embedder & { runs: number } {
    const cos = 1 - distance / 2;
    const embedding = new Float32Array(128);
    embedding.set([cos, Math.sqrt(1 - cos * cos)]);
    return {
      runs: 0,
      outputs: ['face_embedding'],
      async run() {
        this.runs += 1;
        return { face_embedding: embedding };
      },
    };
  }

  it.each([0.5, 2])('is compared by the fast network where that is sure: %f', async (distance) => {
    const [fast, slow] = [network(distance), network(1)];
    const by = cascadeTemplateDistance(fast, points, slow, template, face);
    expect(await by).toBeCloseTo(distance, 5);
    expect(slow.runs).toBe(0);
  });

  it('is compared by both where it is not', async () => {
    const [fast, slow] = [network(1), network(1.1)]; // 1.1 is 0.9 on the other's scale
    const by = cascadeTemplateDistance(fast, points, slow, template, face);
    expect(await by).toBeCloseTo(0.95, 5);
    expect(slow.runs).toBe(1);
  });

  it('is none of the cascade’s where another fast network, or none, has seen its pictures', () => {
    expect(isOfCascade(template, { fastId: 'a-1' })).toBe(true);
    expect(isOfCascade(template, { fastId: 'a-2' })).toBe(false);
    expect(isOfCascade({ embedding: axis, pictures: 1 }, { fastId: 'a-1' })).toBe(false);
  });
});

describe('templates by a cascade', () => {
  const { fast: quick } = small;
  const name = `${quick}+mobilefacenet-int8`;
  const models = deployedModels(loadEngine);
  const fields = { reference: face('face.jpg'), probe: face('face-turned+40.jpg') };

  /** Verification of a template that one model made, by another. */
  async function verifiedBy(name: string, maker: string, alter = (made: Template) => made) {
    const made = await (await models.load(maker)).enrol([fields.reference]);
    const template = alter(made);
    const model = await models.load(name);
    const points = model.templateRates(template);
    const rate = findRate(points, 0.001) as Rate;
    const answer = await model.verifyTemplate({
      template,
      probe: fields.probe,
      rate,
      faces: 'dominant',
    });
    return { answer, points };
  }

  it('hold both networks’ embeddings, and those for searches the slow one’s alone', async () => {
    const both = await models.load(name);
    const { fast, embedding } = await both.enrol([fields.reference]);
    expect(fast?.model).toBe(modelId(models.card(quick)));
    const [one, other] = await Promise.all(
      [quick, 'mobilefacenet-int8'].map(async (name) =>
        (await models.load(name)).enrol([fields.reference]),
      ),
    );
    expect(fast?.embedding).toEqual(one?.embedding);
    expect(embedding).toEqual(other?.embedding);
    expect(await both.enrol([fields.reference], 'search')).not.toHaveProperty('fast');
    expect(other).not.toHaveProperty('fast');
  });

  it('are decided on by the fast network where it is sure, on the cascade’s scale', async () => {
    const { answer, points } = await verifiedBy(name, name);
    const alone = await verifiedBy(quick, quick);
    expect(answer).toMatchObject({ same: true, model: name });
    expect(answer.distance).toBeCloseTo(alone.answer.distance, 6);
    expect(points.rates).toEqual(small.templates[0]?.rates);
  });

  it.each([
    ['were made by the slow network alone', name, 'mobilefacenet-int8'],
    ['are opened by the slow network alone', 'mobilefacenet-int8', name],
  ])('that %s are compared by it, at its own thresholds', async (_, name, maker) => {
    const { answer, points } = await verifiedBy(name, maker);
    expect(answer).toMatchObject({ same: true, model: 'mobilefacenet-int8' });
    const [ofOne] = MODELS['mobilefacenet-int8'].calibration.templates as readonly [
      TemplateOperatingPoints,
    ];
    expect(points.rates).toEqual(verificationPoints(ofOne).rates);
  });

  it('that another fast network has seen are compared by the slow one', async () => {
    const { answer } = await verifiedBy(name, name, (made) => ({
      ...made,
      fast: { embedding: new Int8Array(128).with(0, 127), model: 'inception-5-0' },
    }));
    expect(answer).toMatchObject({ same: true, model: 'mobilefacenet-int8' });
  });

  it('have rates for every number of pictures that the slow network has', () => {
    const sizes = MODELS['mobilefacenet-int8'].calibration.templates.map(
      ({ pictures }) => pictures,
    );
    expect(small.templates.map(({ pictures }) => pictures)).toEqual(sizes);
    const fars = (of: TemplateOperatingPoints) =>
      verificationPoints(of).rates.map(({ far }) => far);
    expect(small.templates.map(({ rates }) => rates.map(({ far }) => far))).toEqual(
      MODELS['mobilefacenet-int8'].calibration.templates.map(fars),
    );
    for (const { pictures, rates } of small.templates) {
      for (const { far, difference, interval } of rates.flatMap((rate) => rate.againstSlow ?? [])) {
        expect(difference, `${pictures} at ${far}`).toBeGreaterThan(-0.002);
        if (far >= 1e-4) expect(interval[0], `${pictures} at ${far}`).toBeGreaterThan(-0.01);
      }
    }
  });

  it('have the id of its slow network: none is lost by a change to it, or back', () => {
    const [both, alone] = [models.card(name), models.card('mobilefacenet-int8')];
    expect(modelId(both)).toBe(modelId(alone));
    expect(isIdOf(modelId(alone), both)).toBe(true);
    expect(both.cascade).toMatchObject({ model: name, fast: quick });
    expect(both.cascade?.rates).toEqual(small.rates);
  });
});
