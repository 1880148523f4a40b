/** Tiles of a picture that the search for faces looks at. */
import { describe, expect, it } from 'vitest';
import { locate } from '../../worker/face/locate.ts';
import type { Network } from '../../worker/face/network.ts';
import { openPicture } from '../../worker/image/open.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { codecs } from '../support/codecs.ts';
import { finder } from '../support/engine.ts';
import { face } from '../support/pictures.ts';
import { picture, placed, sideBySide } from '../support/placed.ts';

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);

describe('the search', () => {
  it.each([
    [0.27, 1],
    [0.2, 6],
    [0.14, 15],
  ])('of a face of %f of the picture takes the detector %i runs at most', async (share, most) => {
    const models = await finder();
    const portrait = new Pyramid(open(face('face.jpg')).pixels(1));
    const own = (await locate(models, open(face('face.jpg')), 'one')).face.box.width;
    let runs = 0;
    const detector: Network = {
      ...models.detector,
      run(input) {
        runs++;
        return models.detector.run(input);
      },
    };
    const far = placed(portrait, (share * 512) / own, 512, 512);
    const { face: found } = await locate({ ...models, detector }, far, 'dominant');
    expect(Math.abs(found.box.width / (share * 512) - 1)).toBeLessThan(0.15);
    expect(runs).toBeLessThanOrEqual(most);
  });

  it('sees a second face that is half as large, where the picture as a whole may not show it', async () => {
    const pixels = open(face('face.jpg')).pixels(1);
    const own = (await locate(await finder(), open(face('face.jpg')), 'one')).face.box.width;
    const wide = (share: number) => Math.round((280 / own) * share * 640);
    const two = sideBySide([
      { pixels, height: wide(0.17) },
      { pixels, height: wide(0.135) },
    ]);
    const { width, height, rgb } = two;
    const square = new Uint8Array(640 * 640 * 3).fill(127);
    for (let y = 0; y < height; y++) {
      square.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), (y * 640 + 10) * 3);
    }
    const shown = picture({ width: 640, height: 640, rgb: square });
    await expect(locate(await finder(), shown, 'dominant')).rejects.toMatchObject({
      failure: { code: 'multiple_faces' },
    });
  });
});
