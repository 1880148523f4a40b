import { beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../worker/errors.ts';
import type { Face } from '../../../worker/face/alignment/geometry.ts';
import {
  findableWidth,
  findFaces,
  locate,
  locateAll,
} from '../../../worker/face/detection/locate.ts';
import { FACE_POLICIES } from '../../../worker/face/detection/policy.ts';
import { openPicture } from '../../../worker/image/open.ts';
import type { Picture, Pixels } from '../../../worker/image/pixels.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face, GROUPS, turned } from '../../support/pictures.ts';
import { picture, placed, sideBySide } from '../../support/placed.ts';

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'found';
  } catch (error) {
    if (error instanceof Refusal) return error.failure.code;
    throw error;
  }
}

const middle = ({ box }: Face) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

describe('findFaces', () => {
  it('finds the clearly visible faces of the group photos: 21 or more of 22, and nothing else', async () => {
    let found = 0;
    for (const { picture, faces } of GROUPS) {
      const here = (await findFaces(await finder(), open(picture))).length;
      expect(here).toBeLessThanOrEqual(faces);
      found += here;
    }
    expect(found).toBeGreaterThanOrEqual(21);
  });

  it('finds nothing in noise, in one colour, or in stripes', async () => {
    const size = 320;
    let seed = 7;
    const noise = Uint8Array.from({ length: size * size * 3 }, () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed >> 16;
    });
    const stripes = noise.map((_, i) => (Math.floor(i / 3 / 11) % 2 ? 220 : 30));
    for (const rgb of [noise, noise.slice().fill(180), stripes]) {
      const pixels = { width: size, height: size, rgb };
      expect(await findFaces(await finder(), picture(pixels))).toEqual([]);
    }
  });
});

describe('locate', () => {
  it('finds a face of 6 % of the width of a 12-megapixel picture, where it is', async () => {
    const { face: small, pyramid } = await locate(
      await finder(),
      open(face('face-small-12mp.jpg')),
      'dominant',
    );
    const { x, y } = middle(small);
    expect(Math.hypot(x - 2900, y - 2140)).toBeLessThan(60);
    expect(small.box.width / 4000).toBeLessThan(0.075);
    // Cut out of a larger decoding than the one that was searched.
    expect(pyramid.denominator).toBeLessThan(8);
  });

  it.each(['face-turned+40.jpg', 'face-turned-40.jpg'])(
    'finds the rolled head of %s',
    async (name) => {
      const { face: turned } = await locate(await finder(), open(face(name)), 'one');
      const { leftEye, rightEye } = turned.landmarks;
      const roll = (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;
      // PIL turns counter-clockwise, roll is clockwise; the portrait itself leans by 2 degrees.
      expect(Math.abs(Math.abs(roll) - 40)).toBeLessThan(6);
      expect(Math.sign(roll)).toBe(name.includes('+') ? -1 : 1);
    },
  );

  describe('of a turned picture', () => {
    const upright = open(face('face-640x480.jpg')).pixels(1);
    const rollOf = async (pixels: Pixels) => {
      const { landmarks } = (await locate(await finder(), picture(pixels), 'one')).face;
      const { leftEye, rightEye } = landmarks;
      return (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;
    };
    let before: number;
    beforeAll(async () => {
      before = await rollOf(upright);
    });

    it.each([180, 165, -165, 150, -150, 135, -135, 120, -120, 90])(
      'sees a face that is turned by %i degrees the right way up',
      async (degrees) => {
        const off = (await rollOf(turned(upright, degrees))) - before - degrees;
        expect(Math.abs(off - 360 * Math.round(off / 360))).toBeLessThan(12);
      },
    );
  });

  it('gives the same place for every EXIF orientation', async () => {
    const first = await locate(await finder(), open(face('face-exif1.jpg')), 'one');
    for (let orientation = 2; orientation <= 8; orientation++) {
      const other = await locate(await finder(), open(face(`face-exif${orientation}.jpg`)), 'one');
      for (const name of ['leftEye', 'rightEye', 'nose', 'mouth'] as const) {
        const [a, b] = [first.face.landmarks[name], other.face.landmarks[name]];
        expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeLessThan(2);
      }
    }
  });

  it('names left and right as the person would', async () => {
    const { leftEye, rightEye, leftEar, rightEar } = (
      await locate(await finder(), open(face('face.jpg')), 'one')
    ).face.landmarks;
    expect(leftEye.x).toBeGreaterThan(rightEye.x);
    expect(leftEar.x).toBeGreaterThan(rightEar.x);
  });

  it('applies the policies to a second face of nearly the same size', async () => {
    const pixels = open(face('face.jpg')).pixels(1);
    const two = sideBySide([
      { pixels, height: 280 },
      { pixels, height: 250 },
    ]);
    const results = await Promise.all(
      FACE_POLICIES.map(async (policy) => code(locate(await finder(), picture(two), policy))),
    );
    expect(Object.fromEntries(FACE_POLICIES.map((policy, i) => [policy, results[i]]))).toEqual({
      dominant: 'multiple_faces',
      one: 'multiple_faces',
      largest: 'found',
    });
    const { face: largest } = await locate(await finder(), picture(two), 'largest');
    expect(middle(largest).x).toBeLessThan(280);
  });

  it('applies the policies to a bystander of half the width', async () => {
    const pixels = open(face('face.jpg')).pixels(1);
    const two = sideBySide([
      { pixels, height: 280 },
      { pixels, height: 140 },
    ]);
    expect(await code(locate(await finder(), picture(two), 'dominant'))).toBe('found');
    expect(await code(locate(await finder(), picture(two), 'one'))).toBe('multiple_faces');
    expect(await code(locate(await finder(), picture(two), 'largest'))).toBe('found');
  });

  it.each([
    [960, 720, 48],
    [1199, 900, 56],
    [1920, 1080, 96],
    [1654, 2338, 112],
    [2399, 1800, 112],
    [4000, 3000, 176],
  ])('finds in %i x %i a face of %i pixels', async (width, height, wanted) => {
    const portrait = new Pyramid(open(face('face.jpg')).pixels(1));
    const own = (await locate(await finder(), open(face('face.jpg')), 'one')).face.box.width;
    const small = placed(portrait, wanted / own, width, height);
    const { face: found } = await locate(await finder(), small, 'dominant');
    expect(Math.abs(found.box.width / wanted - 1)).toBeLessThan(0.15);
  });

  it('says from which width on a face is found', async () => {
    const grey = placed(
      new Pyramid({ width: 1, height: 1, rgb: new Uint8Array(3) }),
      1,
      2400,
      1600,
    );
    const refused = locate(await finder(), grey, 'one');
    await expect(refused).rejects.toMatchObject({
      failure: { detail: /less than 96 pixels wide/ },
    });
    expect(findableWidth({ width: 2400, height: 1600 })).toBe(96);
    // A sixth of the whole, where tiles of half would show nothing that is large enough.
    expect(findableWidth({ width: 250, height: 250 })).toBe(40);
  });

  it('decodes once what cannot be decoded smaller, though the face is small', async () => {
    const portrait = new Pyramid(open(face('face.jpg')).pixels(1));
    const own = (await locate(await finder(), open(face('face.jpg')), 'one')).face.box.width;
    let decoded = 0;
    const { pixels, ...rest } = placed(portrait, 90 / own, 1920, 1080);
    const counting: Picture = {
      ...rest,
      scales: false,
      pixels(denominator) {
        decoded++;
        return pixels(denominator);
      },
    };
    const { face: found } = await locate(await finder(), counting, 'dominant');
    expect(Math.abs(found.box.width / 90 - 1)).toBeLessThan(0.15);
    expect(decoded).toBe(1);
  });

  it('refuses a picture without a face, and a face too small to tell', async () => {
    const grey = { width: 300, height: 200, rgb: new Uint8Array(180_000).fill(99) };
    expect(await code(locate(await finder(), picture(grey), 'dominant'))).toBe('no_face');
    const pixels = open(face('face.jpg')).pixels(1);
    const tiny = sideBySide([{ pixels, height: 50 }]);
    expect(await code(locate(await finder(), picture(tiny), 'dominant'))).toBe('face_too_small');
    expect(await code(locateAll(await finder(), picture(tiny), 16).next())).toBe('face_too_small');
    expect(await code(locateAll(await finder(), picture(grey), 16).next())).toBe('no_face');
  });
});

describe('locateAll', () => {
  it('gives the largest face as `largest` does, though smaller ones need finer pixels to be found', async () => {
    const pixels = open(face('face.jpg')).pixels(1);
    const own = (await locate(await finder(), open(face('face.jpg')), 'one')).face.box.width;
    const two = sideBySide([
      { pixels, height: pixels.height },
      { pixels, height: Math.round(0.4 * pixels.height) },
    ]);
    const scene = placed(new Pyramid(two), 500 / own, 4000, 3000);
    const { face: largest } = await locate(await finder(), scene, 'largest');
    const all: Face[] = [];
    for await (const { face } of locateAll(await finder(), scene, 16)) all.push(face);
    expect(all).toHaveLength(2);
    expect(all[0]).toEqual(largest);
  });

  it('looks closely at a bounded number of a crowd, and takes as many faces as are asked for', async () => {
    const row = sideBySide(
      Array(12).fill({ pixels: open(face('face.jpg')).pixels(1), height: 100 }),
    );
    const rgb = new Uint8Array(12 * row.rgb.length);
    for (let i = 0; i < 12; i++) rgb.set(row.rgb, i * row.rgb.length);
    const crowd = picture({ width: row.width, height: 12 * row.height, rgb });
    const models = await finder();
    let looks = 0;
    const landmarker: typeof models.landmarker = {
      ...models.landmarker,
      run(input) {
        looks++;
        return models.landmarker.run(input);
      },
    };
    let taken = 0;
    for await (const { face } of locateAll({ ...models, landmarker }, crowd, 8)) {
      expect(face.box.width).toBeGreaterThan(24);
      taken++;
    }
    expect(taken).toBe(8);
    expect(looks).toBeLessThanOrEqual(2 * 4 * 8);
  });
});
