/** Tiles of a picture that the search for faces looks at. */
import { describe, expect, it } from 'vitest';
import type { FaceModels } from '../../../worker/face/detection/confirm.ts';
import { findFaces, locate } from '../../../worker/face/detection/locate.ts';
import type { FaceChoice } from '../../../worker/face/detection/policy.ts';
import type { Network } from '../../../worker/face/network.ts';
import { openPicture } from '../../../worker/image/open.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face, GROUPS } from '../../support/pictures.ts';
import { picture, placed, sideBySide } from '../../support/placed.ts';

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);

/** The networks, and how often the detector ran. */
function counted(models: FaceModels): { counting: FaceModels; runs: () => number } {
  let runs = 0;
  const detector: Network = {
    ...models.detector,
    run(input) {
      runs++;
      return models.detector.run(input);
    },
  };
  return { counting: { ...models, detector }, runs: () => runs };
}

describe('the search', () => {
  it.each([
    [0.27, 1],
    [0.2, 6],
    [0.14, 15],
  ])('of a face of %f of the picture takes the detector %i runs at most', async (share, most) => {
    const models = await finder();
    const portrait = new Pyramid(open(face('face.jpg')).pixels(1));
    const own = (await locate(models, open(face('face.jpg')), 'one')).face.box.width;
    const { counting, runs } = counted(models);
    const far = placed(portrait, (share * 512) / own, 512, 512);
    const { face: found } = await locate(counting, far, 'dominant');
    expect(Math.abs(found.box.width / (share * 512) - 1)).toBeLessThan(0.15);
    expect(runs()).toBeLessThanOrEqual(most);
  });

  it('sees the smaller faces of a group, where all are wanted', async () => {
    const models = await finder();
    const five = GROUPS.find(({ faces }) => faces === 5)?.picture as Uint8Array;
    const [first] = await findFaces(models, open(five));
    // Faces of 120 to 170 pixels, in a picture in which those of 160 are found for certain.
    const scale = 170 / (first?.box.width as number);
    const scene = placed(new Pyramid(open(five).pixels(1)), scale, 4000, 3000);
    const search = async (policy: FaceChoice) => {
      const { counting, runs } = counted(models);
      return { faces: await findFaces(counting, scene, policy), runs: runs() };
    };
    const all = await search('all');
    const largest = await search('largest');
    expect(all.faces).toHaveLength(5);
    expect(Math.min(...all.faces.map(({ box }) => box.width))).toBeLessThan(135);
    expect(largest.faces.length).toBeLessThan(5);
    expect(largest.runs).toBeLessThanOrEqual(60);
    expect(all.runs - largest.runs).toBeGreaterThan(5);
    expect(all.runs - largest.runs).toBeLessThan(54); // half of all small tiles
  });

  it('takes small tiles for a group only', async () => {
    const models = await finder();
    const portrait = new Pyramid(open(face('face.jpg')).pixels(1));
    const own = (await locate(models, open(face('face.jpg')), 'one')).face.box.width;
    const { counting, runs } = counted(models);
    const alone = placed(portrait, 200 / own, 4000, 3000);
    expect(await findFaces(counting, alone, 'all')).toHaveLength(1);
    expect(runs()).toBeLessThan(45);
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
