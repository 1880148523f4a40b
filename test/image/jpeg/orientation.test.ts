/** Orientation of JPEGs, by EXIF. */
import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { app1, segment, splice, tiff } from '../../support/jpeg.ts';
import * as scene from '../../support/scene.ts';

const { jpeg, jpegCmyk } = pictures;
const { RED, GREEN, BLUE, YELLOW, SCENE } = scene;

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);
const decode = (bytes: Uint8Array, denominator: Denominator = 1) => open(bytes).pixels(denominator);

describe('orientation', () => {
  const upright: Record<number, readonly scene.Colour[]> = {
    1: SCENE,
    2: [GREEN, RED, YELLOW, BLUE],
    3: [YELLOW, BLUE, GREEN, RED],
    4: [BLUE, YELLOW, RED, GREEN],
    5: [RED, BLUE, GREEN, YELLOW],
    6: [BLUE, RED, YELLOW, GREEN],
    7: [YELLOW, GREEN, BLUE, RED],
    8: [GREEN, YELLOW, RED, BLUE],
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i', (value) => {
    const picture = open(splice(jpeg, app1(tiff({ value }))));
    expect([picture.width, picture.height]).toEqual(value < 5 ? [40, 24] : [24, 40]);
    for (const denominator of [1, 2] as const) {
      const pixels = picture.pixels(denominator);
      expect([pixels.width, pixels.height]).toEqual([
        picture.width / denominator,
        picture.height / denominator,
      ]);
      scene.expectQuarters(pixels, upright[value] as readonly scene.Colour[], 8);
    }
  });

  it('as another writer has it, after other segments, and of CMYK', () => {
    scene.expectQuarters(
      decode(pictures.jpegOrientation6),
      upright[6] as readonly scene.Colour[],
      8,
    );
    const xmp = segment(0xe1, new TextEncoder().encode('http://ns.adobe.com/xap/1.0/\0<x/>'));
    scene.expectQuarters(
      decode(splice(jpeg, xmp, app1(tiff({ value: 8 })))),
      upright[8] as readonly scene.Colour[],
      8,
    );
    scene.expectQuarters(
      decode(splice(jpegCmyk, app1(tiff({ value: 3 })))),
      upright[3] as readonly scene.Colour[],
      8,
    );
  });

  it('is the first that is said, and none where it cannot be read', () => {
    const twice = splice(jpeg, app1(tiff({ value: 3 })), app1(tiff({ value: 6 })));
    scene.expectQuarters(decode(twice), upright[3] as readonly scene.Colour[], 8);
    scene.expectQuarters(decode(splice(jpeg, app1(new Uint8Array(3)))), SCENE, 8);
  });
});
