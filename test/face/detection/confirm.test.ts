import { describe, expect, it } from 'vitest';
import type { Face } from '../../../worker/face/alignment/geometry.ts';
import { confirm, isOneFace } from '../../../worker/face/detection/confirm.ts';
import { locate } from '../../../worker/face/detection/locate.ts';
import type { Network } from '../../../worker/face/network.ts';
import { openPicture } from '../../../worker/image/open.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face } from '../../support/pictures.ts';

const deployed = await finder();
const picture = openPicture(face('face.jpg'), codecs);
const { face: found, pyramid } = await locate(deployed, picture, 'dominant');
const { width } = found.box;

/** Runs of each network; the mesh may be told to see no face in its first look. */
async function runs(seen: Face, side: number, { blind = false } = {}) {
  const count = { detector: 0, landmarker: 0 };
  const detector: Network = {
    run(input) {
      count.detector++;
      return deployed.detector.run(input);
    },
  };
  const landmarker: Network = {
    async run(input) {
      const outputs = await deployed.landmarker.run(input);
      return blind && count.landmarker++ === 0
        ? { ...outputs, face: Float32Array.of(-1) }
        : outputs;
    },
  };
  const face = await confirm({ detector, landmarker }, pyramid, seen, side, 0.65);
  return { face, detector: count.detector };
}

describe('confirm', () => {
  it('needs no close-up of a large, sure face', async () => {
    const { face, detector } = await runs({ ...found, confidence: 0.86 }, 3.9 * width);
    expect(detector).toBe(0);
    expect(face?.box).toEqual(found.box);
  });

  it('takes one of a small face, of an unsure one, and of one the mesh does not see', async () => {
    expect((await runs({ ...found, confidence: 0.99 }, 4.1 * width)).detector).toBeGreaterThan(0);
    expect((await runs({ ...found, confidence: 0.84 }, 2 * width)).detector).toBeGreaterThan(0);
    const again = await runs({ ...found, confidence: 0.99 }, 2 * width, { blind: true });
    expect(again.detector).toBeGreaterThan(0);
    expect(again.face).toBeDefined();
  });

  it('drops what is no face, however sure the detector was', async () => {
    const box = { ...found.box, x: found.box.x + 2 * width };
    const { face } = await runs({ ...found, box, confidence: 0.99 }, 2 * width);
    expect(face).toBeUndefined();
  });
});

describe('isOneFace', () => {
  const eyes = found.landmarks.leftEye.x - found.landmarks.rightEye.x;
  const moved = (by: number) => {
    const { landmarks, box } = found;
    const shift = ({ x, y }: { x: number; y: number }) => ({ x: x + by, y });
    return {
      ...found,
      box: { ...box, x: box.x + 10 * width }, // a box quite unlike
      landmarks: {
        ...landmarks,
        rightEye: shift(landmarks.rightEye),
        leftEye: shift(landmarks.leftEye),
      },
    };
  };

  it('goes by the eyes where the boxes do not tell', () => {
    expect(isOneFace(found, found)).toBe(true);
    expect(isOneFace(found, moved(0.4 * eyes))).toBe(true);
    expect(isOneFace(found, moved(0.6 * eyes))).toBe(false);
  });
});
