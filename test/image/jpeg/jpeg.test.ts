import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import { MAX_JPEG_PADDING_BYTES, MAX_JPEG_SCANS } from '../../../worker/limits.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { instances } from '../../support/instances.ts';
import { findMarker, flatJpeg, patch, scansJpeg, segment, splice } from '../../support/jpeg.ts';
import { concat } from '../../support/png.ts';
import * as scene from '../../support/scene.ts';

const { jpeg, jpegNoise, jpegProgressive, jpegCmyk } = pictures;
const { RED, SCENE } = scene;

const named: Record<string, Uint8Array> = { ...pictures };

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);
const decode = (bytes: Uint8Array, denominator: Denominator = 1) => open(bytes).pixels(denominator);
/** All pixels in one number: thousands of values are slow to compare one by one. */
const sum = (bytes: Uint8Array) => crc32(decode(bytes).rgb);
const refused = (bytes: Uint8Array, denominator: Denominator = 1) =>
  scene.refusal(() => decode(bytes, denominator)).code;

/** The frame header's marker; its height is 5 bytes on, its width 7. */
const frameOf = (bytes: Uint8Array, code = 0xc0) => findMarker(bytes, code);
const sized = (bytes: Uint8Array, width: number, height: number, code = 0xc0) =>
  patch(bytes, frameOf(bytes, code) + 5, height >> 8, height, width >> 8, width);

describe('every kind of JPEG', () => {
  it.each([
    ['jpeg', SCENE],
    ['jpeg444', SCENE],
    ['jpegProgressive', SCENE],
    ['jpegGrey', SCENE.map(scene.grey)],
    ['jpegCmyk', SCENE],
  ] as [string, readonly scene.Colour[]][])('%s', (name, quarters) => {
    const picture = open(named[name] as Uint8Array);
    expect(picture).toMatchObject({ format: 'jpeg', width: 40, height: 24 });
    scene.expectQuarters(picture.pixels(1), quarters, 8);
  });

  it('YCCK, the CMYK that editors write', () => {
    // The same samples, declared (Adobe's APP14, last byte) to be YCC of the inks and black.
    const transform = findMarker(jpegCmyk, 0xee) + 15;
    expect(jpegCmyk[transform]).toBe(0);
    const quarters = SCENE.map(([y, cb, cr]) => {
      const clamp = (value: number) => Math.min(255, Math.max(0, value));
      // libjpeg makes CMY = 255 - RGB of the YCC; inverted as Adobe's are, CMY reads as RGB again.
      const rgb = [
        y + 1.402 * (cr - 128),
        y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
        y + 1.772 * (cb - 128),
      ];
      return rgb.map((value) => 255 - clamp(value)) as unknown as scene.Colour;
    });
    scene.expectQuarters(decode(patch(jpegCmyk, transform, 2)), quarters, 12);
  });

  it.each([2, 4, 8] as const)('at 1/%i: the average of the whole', (denominator) => {
    const whole = decode(jpegNoise);
    const small = decode(jpegNoise, denominator);
    expect([small.width, small.height]).toEqual([96 / denominator, 64 / denominator]);
    let far = 0;
    for (let y = 0; y < small.height; y++) {
      for (let x = 0; x < small.width; x++) {
        let sum = 0;
        for (let v = 0; v < denominator; v++) {
          for (let u = 0; u < denominator; u++) {
            sum += scene.colourAt(whole, x * denominator + u, y * denominator + v)[1] as number;
          }
        }
        far += Math.abs((scene.colourAt(small, x, y)[1] as number) - sum / denominator ** 2);
      }
    }
    expect(far / (small.width * small.height)).toBeLessThan(4);
  });

  it.each([2, 4, 8] as const)('at 1/%i, sides are rounded up', (denominator) => {
    // Cropped at the right and lower edge, within the last blocks; and a picture of one pixel.
    for (const [bytes, width, height] of [
      [sized(pictures.jpeg444, 39, 23), 39, 23],
      [sized(pictures.jpeg444, 33, 17), 33, 17],
      [pictures.jpegDot, 1, 1],
    ] as const) {
      const pixels = decode(bytes, denominator);
      expect([pixels.width, pixels.height]).toEqual([
        Math.ceil(width / denominator),
        Math.ceil(height / denominator),
      ]);
    }
    expect(decode(pictures.jpegDot, denominator).rgb[0]).toBeCloseTo(RED[0], -1);
  });
});

describe('JPEGs that are refused', () => {
  it('cut short, wherever', () => {
    for (const whole of [jpegNoise, jpegProgressive]) {
      // All but the last bytes: there may be nothing in them that is missed.
      for (let length = 3; length < whole.length - 6; length += 7) {
        expect(refused(whole.subarray(0, length)), `${length}`).toBe('undecodable_image');
      }
    }
  });

  it('with noise in place of data', () => {
    const random = scene.seeded(1);
    const from = findMarker(jpegNoise, 0xda) + 300;
    const noise = Array.from({ length: 400 }, () => random() * 254);
    expect(refused(patch(jpegNoise, from, ...noise))).toBe('undecodable_image');
  });

  it.each([
    ['arithmetic coding', 0xc9],
    ['lossless', 0xc3],
    ['hierarchical', 0xc5],
  ])('%s', (_, code) => {
    expect(refused(patch(jpeg, frameOf(jpeg) + 1, code))).toBe('unsupported_format');
  });

  it('12 bits a sample, and two components', () => {
    expect(refused(patch(jpeg, frameOf(jpeg) + 4, 12))).toBe('unsupported_format');
    const at = frameOf(jpeg);
    const two = concat([
      jpeg.subarray(0, at),
      segment(0xc0, new Uint8Array([8, 0, 8, 0, 8, 2, 1, 17, 0, 2, 17, 0])),
      jpeg.subarray(at + 19),
    ]);
    expect(refused(two)).toBe('unsupported_format');
  });

  it.each([
    ['no frame', concat([jpeg.subarray(0, 20), new Uint8Array([0xff, 0xd9])])],
    ['two frames', splice(jpeg, jpeg.subarray(frameOf(jpeg), frameOf(jpeg) + 19))],
    ['no components', patch(jpeg, frameOf(jpeg) + 9, 0)],
    ['more components than there is header', patch(jpeg, frameOf(jpeg) + 9, 200)],
    ['sampling of 0', patch(jpeg, frameOf(jpeg) + 11, 0)],
    ['sampling of 15', patch(jpeg, frameOf(jpeg) + 11, 0xff)],
    ['a height that follows later', sized(jpeg, 40, 0)],
    ['no width', sized(jpeg, 0, 24)],
    ['no quantization table', patch(jpeg, frameOf(jpeg) + 12, 3)],
    ['only its first bytes', jpeg.subarray(0, 3)],
    ['nothing but 0xff', new Uint8Array(1000).fill(0xff).fill(0xd8, 1, 2)],
  ])('%s', (_, bytes) => {
    expect(refused(bytes)).toBe('undecodable_image');
  });

  it('too large, judged by the header', () => {
    decode(jpeg);
    const made = instances(() => {
      expect(refused(sized(jpeg, 16_384, 3052))).toBe('image_too_large');
      expect(refused(sized(jpeg, 16_385, 1))).toBe('image_too_large');
    });
    expect(made).toEqual([]);
    // At full size there is no memory for these; at 1/8 there is, and the second has no data.
    const large = flatJpeg(8000, 6000);
    expect(refused(large, 1)).toBe('image_too_large');
    expect(refused(large, 2)).toBe('image_too_large');
    expect(decode(large, 8)).toMatchObject({ width: 1000, height: 750 });
    expect(refused(sized(jpeg, 8000, 6000), 8)).toBe('undecodable_image');
  });

  it('progressive and too large to keep, or in many scans', () => {
    expect(refused(sized(jpegProgressive, 8000, 6000, 0xc2))).toBe('image_too_large');
    const end = findMarker(jpegProgressive, 0xd9);
    const scan = segment(0xda, new Uint8Array([1, 1, 0, 1, 63, 0]));
    const scans = (count: number) =>
      concat([
        jpegProgressive.subarray(0, end),
        ...Array(count).fill(scan),
        jpegProgressive.subarray(end),
      ]);
    const detail = scene.refusal(() => open(scans(MAX_JPEG_SCANS)));
    expect(detail).toMatchObject({ code: 'undecodable_image', detail: /scans/ });
    expect(open(scans(MAX_JPEG_SCANS - 30)).width).toBe(40);
  });

  it('many pixels in many scans, each of which is a pass over all of them', () => {
    expect(open(scansJpeg(2560, 2560, 1, 60)).width).toBe(2560);
    expect(open(scansJpeg(4400, 4400, 1, 30)).width).toBe(4400);
    expect(scene.refusal(() => open(scansJpeg(4400, 4400, 1, 60)))).toMatchObject({
      code: 'image_too_large',
      detail: /scans/,
    });
  });

  it('baseline in a scan for each component is kept whole as well', () => {
    const scan = findMarker(jpeg, 0xda);
    // Of three components the first scan has one.
    const separate = concat([
      sized(jpeg, 8000, 6000).subarray(0, scan),
      segment(0xda, new Uint8Array([1, 1, 0, 0, 63, 0])),
      jpeg.subarray(scan + 14),
    ]);
    expect(refused(separate)).toBe('image_too_large');
  });
});

describe('JPEGs that are odd but sound', () => {
  const whole = sum(jpegNoise);
  const end = jpegNoise.length - 2;
  const body = jpegNoise.subarray(0, end);
  const eoi = jpegNoise.subarray(end);

  it.each([
    ['without an end-of-image marker', body],
    ['with half of one', jpegNoise.subarray(0, end + 1)],
    [
      'with a few bytes of padding before it',
      concat([body, new Uint8Array(MAX_JPEG_PADDING_BYTES), eoi]),
    ],
    ['with fill before it', concat([body, new Uint8Array(500).fill(0xff), eoi])],
    ['with zeros after it', concat([jpegNoise, new Uint8Array(5000)])],
    ['with another picture after it', concat([jpegNoise, jpegProgressive, jpeg])],
    [
      'with what looks like markers after it',
      concat([jpegNoise, ...Array(500).fill(new Uint8Array([0xff, 0xda, 0, 0]))]),
    ],
  ])('%s', (_, bytes) => {
    expect(sum(bytes)).toBe(whole);
  });

  it('but much padding that is not of zeros means that the data went astray', () => {
    const padding = new Uint8Array(MAX_JPEG_PADDING_BYTES + 10);
    expect(sum(concat([body, padding, eoi]))).toBe(whole);
    expect(refused(concat([body, padding.fill(0x5a), eoi]))).toBe('undecodable_image');
    expect(refused(concat([body, padding, new Uint8Array(10), eoi]))).toBe('undecodable_image');
  });
});
