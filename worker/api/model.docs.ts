/** Answers of `GET /v1/model` and `/v1/model/card`, and the documentation. */

import * as z from 'zod/mini';
import { described, pictures, rate, share } from './schema/answers.ts';
import type { Operation } from './schema/operation.ts';
import { MODEL_ID } from './schema/sample.ts';

const rates = described(
  z.array(z.object({ far: rate(), threshold: z.number(), val: share() })),
  'Rarest last.',
);

const sha256 = () => z.string().check(z.regex(/^[0-9a-f]{64}$/));

const weights = {
  name: z.string(),
  sha256: described(sha256(), 'SHA-256 of the weights as deployed.'),
  detectorSha256: described(sha256(), 'SHA-256 of the detector.'),
  landmarkerSha256: described(sha256(), 'SHA-256 of the landmark model.'),
  input: described(
    z.object({ width: z.int(), height: z.int() }),
    'Pixels of the crop that the network reads.',
  ),
  dimension: described(z.int(), 'Dimensions of an embedding.'),
};

export const Model = z.object({
  ...weights,
  id: described(z.string(), 'Id in templates: only those with this one can be used.'),
  fast: z.optional(described(z.string(), 'Fast network of a cascade.')),
  calibration: z.object({
    rates: described(
      rates,
      'Rates of two pictures, rarest last; of both networks, where two look. Each threshold is for ' +
        'distances that were asked for at its rate.',
    ),
    templates: described(
      z.array(z.object({ pictures: pictures(), rates })),
      'Rates of templates made of so many pictures, against one picture.',
    ),
    fpirs: described(
      z.array(z.number()),
      'False-positive identification rates that searches can be asked for, rarest last.',
    ),
  }),
});

export type Model = z.infer<typeof Model>;

export const ModelCard = z.object({
  ...weights,
  calibration: described(
    z.unknown(),
    'Rates and thresholds with their intervals, as `npm run tool -- calibrate` measured them.',
  ),
  cascade: z.optional(
    described(
      z.unknown(),
      'In a cascade: what pictures, and templates that it made, are decided by, in place of ' +
        '`calibration`, as `npm run tool -- cascade` measured it.',
    ),
  ),
  accuracy: described(z.unknown(), 'Accuracy, as `npm run tool -- card` measured it.'),
});

const WEIGHTS = {
  name: 'mobilefacenet-int8',
  sha256: '22465c8852b8e0c0a4ce968903490e5ac8bbaab38ee20492757750176d56b5e5',
  detectorSha256: '576841ec396fb969284efec60f03f36adbda79b87a4a905188db398164cacd76',
  landmarkerSha256: '3cd3c1317ebe7c3c64a720f27bf733381d6be15b98a082658f479de611fff9a9',
  input: { width: 116, height: 140 },
  dimension: 128,
};

export const operations: readonly Operation[] = [
  {
    id: 'model',
    tag: 'Deployment',
    method: 'get',
    path: '/v1/model',
    summary: 'Which network answers, and its thresholds',
    key: 'any',
    success: [200, Model],
    errors: [],
    sample: {
      typescript: 'const { name, id, calibration } = await visavis.model();',
      answers: {
        Model: {
          ...WEIGHTS,
          id: MODEL_ID,
          fast: 'inception-small-2',
          calibration: {
            fpirs: [0.1, 0.01],
            rates: [{ far: 0.001, threshold: 0.8307, val: 0.8815 }],
            templates: [{ pictures: 1, rates: [{ far: 0.001, threshold: 0.8319, val: 0.9086 }] }],
          },
        },
      },
    },
  },
  {
    id: 'modelCard',
    tag: 'Deployment',
    method: 'get',
    path: '/v1/model/card',
    summary: 'How well the network does',
    description: 'All that was measured, some 100 KB: by rate, by group of people, on which data.',
    key: 'any',
    success: [200, ModelCard],
    errors: [],
    sample: {
      typescript: 'const { accuracy } = await visavis.modelCard();',
      answers: { ModelCard: { ...WEIGHTS, calibration: { identities: 600 }, accuracy: {} } },
    },
  },
];
