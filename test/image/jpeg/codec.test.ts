/** The instance of libjpeg that is kept between pictures. */
import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import { MAX_OVERSIZED_JPEG_PICTURES, USUAL_JPEG_CODEC_BYTES } from '../../../worker/limits.ts';
import { jpeg, jpegNoise, jpegProgressive } from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { instances } from '../../support/instances.ts';
import { flatJpeg } from '../../support/jpeg.ts';
import { refusal } from '../../support/scene.ts';

const open = (bytes: Uint8Array) => openPicture(bytes, codecs);
const decode = (bytes: Uint8Array, denominator: Denominator = 1) => open(bytes).pixels(denominator);
/** All pixels in one number: thousands of values are slow to compare one by one. */
const sum = (bytes: Uint8Array) => crc32(decode(bytes).rgb);
const refused = (bytes: Uint8Array) => refusal(() => decode(bytes)).code;

describe('the instance of the codec', () => {
  const bad = jpegNoise.subarray(0, 900);

  it('is kept between small pictures, and thrown away after a bad one', () => {
    const expected = sum(jpegNoise); // makes the first
    const made = instances(() => {
      for (let i = 0; i < 20; i++) decode(jpeg);
    });
    expect(made).toEqual([]);
    for (let i = 0; i < 5; i++) {
      expect(refused(bad)).toBe('undecodable_image');
      const next = instances(() => expect(sum(jpegNoise)).toBe(expected));
      expect(next.length).toBe(1);
    }
  });

  it('does not grow with the number of pictures', () => {
    refused(bad);
    const [instance] = instances(() => decode(jpegNoise));
    const memory = (instance as WebAssembly.Instance).exports.memory as WebAssembly.Memory;
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 60; i++) decode(i % 2 ? jpegNoise : jpegProgressive);
    expect(memory.buffer.byteLength).toBe(before);
  });

  it('is given up once many pictures in a row have had no use for what a large one took', () => {
    const large = open(flatJpeg(2800, 2400));
    refused(bad);
    const made = instances(() => {
      large.pixels(1);
      for (let i = 0; i < MAX_OVERSIZED_JPEG_PICTURES - 1; i++) decode(jpeg);
      large.pixels(1); // it had a use for it: counted anew
      for (let i = 0; i < MAX_OVERSIZED_JPEG_PICTURES; i++) decode(jpeg);
    });
    expect(made.length).toBe(1);
    const [next] = instances(() => decode(jpeg));
    const memory = (next as WebAssembly.Instance).exports.memory as WebAssembly.Memory;
    expect(memory.buffer.byteLength).toBeLessThan(USUAL_JPEG_CODEC_BYTES);
    // One that never grew is never given up.
    const more = instances(() => {
      for (let i = 0; i < 2 * MAX_OVERSIZED_JPEG_PICTURES; i++) decode(jpeg);
    });
    expect(more).toEqual([]);
  });

  it('is kept after a large picture too: dead ones would pile up faster than they are collected', () => {
    const large = open(flatJpeg(2400, 2000));
    large.pixels(8);
    const made = instances(() => {
      expect(large.pixels(1).rgb.at(-1)).toBe(128);
      large.pixels(8);
    });
    expect(made).toEqual([]);
  });
});
