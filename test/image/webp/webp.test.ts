import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { instances } from '../../support/instances.ts';
import { findBytes, patch, tiff } from '../../support/jpeg.ts';
import { concat } from '../../support/png.ts';
import * as scene from '../../support/scene.ts';
import { animated } from '../../support/webp.ts';

const { webp, webpNoise, webpLossless, webpTransparent } = pictures;
const { RED, GREEN, BLUE, YELLOW, SCENE } = scene;

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);
const named: Record<string, Uint8Array> = { ...pictures };

const decode = (bytes: Uint8Array, denominator: Denominator = 1) => open(bytes).pixels(denominator);
/** All pixels in one number: thousands of values are slow to compare one by one. */
const sum = (bytes: Uint8Array) => crc32(decode(bytes).rgb);
const refused = (bytes: Uint8Array) => scene.refusal(() => decode(bytes)).code;

const overWhite = [scene.over(RED, 128), [255, 255, 255], scene.over(BLUE, 128), YELLOW] as const;

describe('every kind of WebP', () => {
  it.each([
    ['webp', SCENE, 10],
    ['webpLossless', SCENE, 0],
    ['webpTransparent', overWhite, 10],
    ['webpLosslessTransparent', overWhite, 1],
    ['webpOrientation3', [YELLOW, BLUE, GREEN, RED], 0],
  ] as [string, scene.Colour[], number][])('%s', (name, quarters, tolerance) => {
    const picture = open(named[name] as Uint8Array);
    expect(picture).toMatchObject({ format: 'webp', width: 40, height: 24 });
    for (const denominator of [1, 2, 4] as const) {
      const pixels = picture.pixels(denominator);
      expect([pixels.width, pixels.height]).toEqual([40 / denominator, 24 / denominator]);
      scene.expectQuarters(pixels, quarters, tolerance);
    }
  });

  it('at 1/8, sides rounded up', () => {
    const pixels = decode(webp, 8);
    expect([pixels.width, pixels.height]).toEqual([5, 3]);
  });
});

describe('an animation of one frame', () => {
  it.each([
    ['webp', SCENE, 10],
    ['webpLossless', SCENE, 0],
    ['webpTransparent', overWhite, 10],
    ['webpLosslessTransparent', overWhite, 1],
  ] as [string, readonly scene.Colour[], number][])('%s', (name, quarters, tolerance) => {
    const picture = open(animated([named[name] as Uint8Array]));
    expect(picture).toMatchObject({ format: 'webp', width: 40, height: 24 });
    scene.expectQuarters(picture.pixels(1), quarters, tolerance);
    expect(picture.pixels(1)).toEqual(decode(named[name] as Uint8Array));
  });

  it('lies where it says, on white, and is turned by EXIF', () => {
    const place = { x: 40, y: 24, width: 80, height: 48 };
    const pixels = decode(animated([webpLossless], place));
    expect([pixels.width, pixels.height]).toEqual([80, 48]);
    const white = [255, 255, 255] as const;
    scene.expectQuarters(pixels, [white, white, white, YELLOW], 0);
    expect(scene.colourAt(pixels, 40, 24)).toEqual(RED);
    expect(scene.colourAt(pixels, 79, 47)).toEqual(YELLOW);
    const turned = decode(animated([webpLossless], { ...place, exif: tiff({ value: 3 }) }));
    expect(scene.colourAt(turned, 0, 0)).toEqual(YELLOW);
  });

  it.each([
    ['reaches beyond the canvas', animated([webpLossless], { x: 2 })],
    ['is not of the size it says', patch(animated([webp]), 50, 38)],
    ['is not there', animated([])],
    ['is cut short', animated([webp]).subarray(0, 200)],
  ])('that %s', (_, bytes) => {
    expect(refused(bytes)).toBe('undecodable_image');
  });

  it('but not of two', () => {
    expect(refused(animated([webp, webp]))).toBe('unsupported_format');
  });
});

describe('WebPs that are refused', () => {
  it('animated', () => {
    const failure = scene.refusal(() => open(pictures.webpAnimated));
    expect(failure).toMatchObject({ code: 'unsupported_format', detail: /animated/i });
  });

  it('cut short, wherever', () => {
    for (const whole of [webpNoise, webpLossless, webpTransparent]) {
      for (let length = 12; length < whole.length; length += 3) {
        expect(refused(whole.subarray(0, length)), `${length}`).toBe('undecodable_image');
      }
    }
  });

  it('cut short, with sizes that fit what is left', () => {
    for (let length = 40; length < webpNoise.length - 20; length += 90) {
      const bytes = webpNoise.slice(0, length);
      const view = new DataView(bytes.buffer);
      view.setUint32(4, length - 8, true);
      view.setUint32(16, length - 20, true);
      expect(refused(bytes), `${length}`).toBe('undecodable_image');
    }
  });

  it('too large, judged by the header', () => {
    // VP8: 14 bits each, after a start code (RFC 6386, 9.1).
    const start = findBytes(webp, [0x9d, 0x01, 0x2a]) + 3;
    expect(refused(patch(webp, start, 0xff, 0x3f, 0xff, 0x3f))).toBe('image_too_large');
    // VP8L: the same, less one, after its signature.
    expect(refused(patch(webpLossless, 21, 0xff, 0xff, 0xff, 0x0f))).toBe('image_too_large');
    // 2560x1920 may be lossy, but not have a plane of alpha.
    const alpha = findBytes(webpTransparent, [0x9d, 0x01, 0x2a]) + 3;
    expect(refused(patch(webpTransparent, alpha, 0, 10, 128, 7))).toBe('image_too_large');
    expect(refused(patch(webp, start, 0, 10, 128, 7))).toBe('undecodable_image');
  });

  it.each([
    ['a side of 0', patch(webp, findBytes(webp, [0x9d, 0x01, 0x2a]) + 3, 0, 0)],
    ['no start code', patch(webp, findBytes(webp, [0x9d, 0x01, 0x2a]), 0)],
    ['no key frame', patch(webp, 20, (webp[20] as number) | 1)],
    ['no lossless signature', patch(webpLossless, 20, 0)],
    ['an unknown first chunk', patch(webp, 12, 0x58, 0x58, 0x58, 0x58)],
    ['a chunk beyond the end', patch(webp, 16, 0xff, 0xff, 0xff, 0xff)],
    ['nothing but a RIFF header', webp.subarray(0, 12)],
  ])('%s', (_, bytes) => {
    expect(refused(bytes)).toBe('undecodable_image');
  });
});

it('what follows the RIFF does not matter', () => {
  expect(sum(concat([webpNoise, new Uint8Array(1000)]))).toBe(sum(webpNoise));
});

describe('the instance of the codec', () => {
  const bad = patch(webpLossless, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

  it('is kept between small pictures, and thrown away after a bad one', () => {
    const expected = sum(webpNoise);
    const made = instances(() => {
      for (let i = 0; i < 20; i++) decode(webp);
    });
    expect(made).toEqual([]);
    for (let i = 0; i < 5; i++) {
      expect(refused(bad)).toBe('undecodable_image');
      const next = instances(() => expect(sum(webpNoise)).toBe(expected));
      expect(next.length).toBe(1);
    }
  });

  it('does not grow with the number of pictures', () => {
    refused(bad);
    const [instance] = instances(() => decode(webpNoise));
    const memory = (instance as WebAssembly.Instance).exports.s as WebAssembly.Memory;
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 60; i++) decode(i % 2 ? webpNoise : webpTransparent);
    expect(memory.buffer.byteLength).toBe(before);
  });
});
