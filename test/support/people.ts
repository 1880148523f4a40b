/** A model whose pictures are names: `anna`, `anna-2` is another one of her, `anna bob` of two. */

import { Refusal } from '../../worker/errors.ts';
import type { Embedding } from '../../worker/face/embed.ts';
import { meanUnit, quantize } from '../../worker/face/template.ts';
import type { Models } from '../../worker/http/context.ts';
import { face, fakeModel, fakeModels } from './api.ts';
import { unitVector, vectorNear } from './vectors.ts';

const seedOf = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);

export function embeddingOf(name: string): Embedding {
  const [person = '', picture = ''] = name.split('-');
  return vectorNear(unitVector(seedOf(person)), 0.3, seedOf(picture));
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
        const faces = names.map((name) => ({ report: face, embedding: embeddingOf(name) }));
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
