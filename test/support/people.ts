/**
 * A model whose pictures are names: `anna`, `anna-2` is another one of her, `anna bob` of two.
 * `anna-2.dark` is too dark for a decision, `anna-2.glasses` has sunglasses.
 */

import { Refusal } from '../../worker/errors.ts';
import type { Embedding } from '../../worker/face/embedding/embed.ts';
import { meanUnit, quantize } from '../../worker/face/embedding/template.ts';
import type { FaceReport } from '../../worker/face/pipeline.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import type { Models } from '../../worker/http/context.ts';
import { face, fakeModel, fakeModels } from './api.ts';
import { unitVector, vectorNear } from './vectors.ts';

const seedOf = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);

export function embeddingOf(name: string): Embedding {
  const [person = '', picture = ''] = (name.split('.')[0] as string).split('-');
  return vectorNear(unitVector(seedOf(person)), 0.3, seedOf(picture));
}

const FLAWS: Readonly<Record<string, Partial<Quality>>> = {
  dark: { exposure: 0.02 },
  glasses: { eyesCovered: 1 },
};

function reportOf(name: string): FaceReport {
  const flaw = FLAWS[name.split('.')[1] ?? ''];
  return { ...face, quality: { ...face.quality, ...flaw } };
}

const namesIn = (picture: Uint8Array) => new TextDecoder().decode(picture).split(' ');

/** Its pictures named `nobody` have no face. */
export const peopleServices: Models = {
  ...fakeModels(),
  load: async () =>
    fakeModel({
      async faces(picture, choice, field) {
        const names = namesIn(picture);
        if (names[0] === 'nobody') throw new Refusal({ code: 'no_face', field });
        const faces = names.map((name) => ({
          report: reportOf(name),
          embedding: embeddingOf(name),
        }));
        return choice === 'all' ? faces : faces.slice(0, 1);
      },
      async enrol(images) {
        const names = images.flatMap(namesIn);
        const embedding = quantize(meanUnit(names.map(embeddingOf)));
        return {
          embedding,
          pictures: names.length,
          reports: names.map(() => face),
          largestDistance: null,
        };
      },
    }),
};
