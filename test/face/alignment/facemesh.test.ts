import { describe, expect, it } from 'vitest';
import { refineLandmarks } from '../../../worker/face/alignment/facemesh.ts';
import type { Face, Landmarks, Point } from '../../../worker/face/alignment/geometry.ts';
import { locate } from '../../../worker/face/detection/locate.ts';
import { openPicture } from '../../../worker/image/open.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';
import type { Affine } from '../../../worker/image/sampling/sampler.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face } from '../../support/pictures.ts';

const picture = openPicture(face('face.jpg'), codecs);
const deployed = await finder();
const { face: found, pyramid } = await locate(deployed, picture, 'dominant');
const eyes = distance(found.landmarks.rightEye, found.landmarks.leftEye);

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The largest distance of two faces' points but for the ears, in eye distances. */
function apart(a: Landmarks, b: Landmarks): number {
  const names = ['rightEye', 'leftEye', 'nose', 'mouth'] as const;
  return Math.max(...names.map((name) => distance(a[name], b[name]))) / eyes;
}

describe('refineLandmarks', () => {
  it('puts the points where they are, left and right as the person has them', () => {
    const { rightEye, leftEye, nose, mouth, rightEar, leftEar } = found.landmarks;
    expect(rightEar.x).toBeLessThan(rightEye.x);
    expect(rightEye.x).toBeLessThan(leftEye.x);
    expect(leftEye.x).toBeLessThan(leftEar.x);
    expect(Math.max(rightEye.y, leftEye.y)).toBeLessThan(nose.y);
    expect(nose.y).toBeLessThan(mouth.y);
  });

  it.each([
    ['to the side', { x: 0.1, y: 0, scale: 1 }],
    ['down', { x: 0, y: 0.1, scale: 1 }],
    ['smaller', { x: 0, y: 0, scale: 0.85 }],
    ['larger', { x: 0, y: 0, scale: 1.15 }],
  ])('hardly depends on the box: %s', async (_, { x, y, scale }) => {
    const { box } = found;
    const [width, height] = [box.width * scale, box.height * scale];
    const moved = {
      x: box.x + (box.width - width) / 2 + x * width,
      y: box.y + (box.height - height) / 2 + y * height,
      width,
      height,
    };
    const again = await refineLandmarks(deployed.landmarker, pyramid, { ...found, box: moved });
    expect(apart(again?.landmarks as Landmarks, found.landmarks)).toBeLessThan(0.05);
    expect(again?.box).toEqual(moved); // the detector's, as it was
  });

  it.each([-40, 15, 90, 180])('follows a picture turned by %d degrees', async (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const side = 400;
    const centre = { x: found.box.x + found.box.width / 2, y: found.box.y + found.box.height / 2 };
    // From the turned picture back to the upright one, in pixel centres.
    const scale = (2.2 * found.box.width) / side;
    const [a, d] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    const middle = (side - 1) / 2;
    const map: Affine = {
      ...{ a, b: -d, c: centre.x - 0.5 - middle * (a - d) },
      ...{ d, e: a, f: centre.y - 0.5 - middle * (a + d) },
    };
    const planes = new Uint8Array(3 * side * side);
    pyramid.sample(map, side, side, planes);
    const rgb = planes.map((_, i) => planes[(i % 3) * side * side + Math.floor(i / 3)] as number);
    const back = ({ x, y }: Point): Point => ({
      x: map.a * (x - 0.5) + map.b * (y - 0.5) + map.c + 0.5,
      y: map.d * (x - 0.5) + map.e * (y - 0.5) + map.f + 0.5,
    });
    const there = ({ x, y }: Point): Point => {
      const [u, v] = [x - 0.5 - map.c, y - 0.5 - map.f];
      const squared = scale * scale;
      return { x: (a * u + d * v) / squared + 0.5, y: (a * v - d * u) / squared + 0.5 };
    };
    const names = Object.keys(found.landmarks) as (keyof Landmarks)[];
    const each = (landmarks: Landmarks, move: (point: Point) => Point) =>
      Object.fromEntries(names.map((n) => [n, move(landmarks[n])])) as unknown as Landmarks;
    const width = found.box.width / scale;
    const turned: Face = {
      ...found,
      box: { x: (side - width) / 2, y: (side - width) / 2, width, height: width },
      landmarks: each(found.landmarks, there), // they say which way is up
    };
    const again = await refineLandmarks(
      deployed.landmarker,
      new Pyramid({ width: side, height: side, rgb }),
      turned,
    );
    expect(apart(each(again?.landmarks as Landmarks, back), found.landmarks)).toBeLessThan(0.05);
  });

  it('knows what is no face', async () => {
    const { width, height } = found.box;
    const box = { x: found.box.x + 2 * width, y: found.box.y + height, width, height }; // beside it
    expect(await refineLandmarks(deployed.landmarker, pyramid, { ...found, box })).toBeUndefined();
  });

  it('does not take another network for a Face Mesh', async () => {
    const network = { run: async () => ({ points: new Float32Array(12) }) };
    await expect(refineLandmarks(network, pyramid, found)).rejects.toThrow('not a Face Mesh');
  });
});
