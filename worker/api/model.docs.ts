/** Answers of `GET /v1/model` and `/v1/model/card`, and the documentation. */
import * as z from 'zod/mini';
import { described, pictures, rate, share } from './schema/answers.ts';
import type { Operation } from './schema/operation.ts';

const rates = described(
  z.array(z.object({ far: rate(), threshold: z.number(), val: share() })),
  'Rarest last.',
);

const sha256 = () => z.string().check(z.regex(/^[0-9a-f]{64}$/));

const weights = {
  name: z.string(),
  sha256: described(sha256(), 'Of the weights as deployed.'),
  detectorSha256: described(sha256(), 'Of what faces are found by.'),
  landmarkerSha256: described(sha256(), 'Of what gives the points that faces are cut out by.'),
  input: described(
    z.object({ width: z.int(), height: z.int() }),
    'Pixels of the crop that the network reads.',
  ),
  dimension: described(z.int(), 'Of an embedding.'),
};

export const Model = z.object({
  ...weights,
  id: described(z.string(), 'Of templates: only those with this id can be used.'),
  calibration: z.object({
    rates,
    templates: described(
      z.array(z.object({ pictures: pictures(), rates })),
      'Of templates made of so many pictures, against one picture.',
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
    'As `npm run tool -- calibrate` measured it, with intervals.',
  ),
  accuracy: described(z.unknown(), 'As `npm run tool -- card` measured it.'),
});

export const operations: readonly Operation[] = [
  {
    id: 'model',
    method: 'get',
    path: '/v1/model',
    summary: 'Which network answers, and its thresholds',
    key: 'any',
    success: [200, Model],
    errors: [],
  },
  {
    id: 'modelCard',
    method: 'get',
    path: '/v1/model/card',
    summary: 'How well the network does',
    description: 'All that was measured, some 100 KB: by rate, by group of people, on which data.',
    key: 'any',
    success: [200, ModelCard],
    errors: [],
  },
];
