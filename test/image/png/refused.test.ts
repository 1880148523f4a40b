/** PNGs that are refused, and those that are odd but sound. */
import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import { MAX_PNG_PIXELS } from '../../../worker/limits.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { tiff } from '../../support/jpeg.ts';
import {
  chunk,
  concat,
  deflate,
  encodePng,
  header,
  pngOf,
  SIGNATURE,
  stored,
} from '../../support/png.ts';
import * as scene from '../../support/scene.ts';

const decode = (bytes: Uint8Array, denominator: Denominator = 1) =>
  openPicture(bytes, codecs).pixels(denominator);

describe('PNGs that are refused', () => {
  const good = { width: 40, height: 24, colourType: 2, pixel: () => [1, 2, 3] };
  const code = (bytes: Uint8Array) => scene.refusal(() => decode(bytes)).code;

  it('a damaged chunk', () => {
    for (const at of [16, 33 + 20, pictures.png.length - 20]) {
      const bytes = pictures.png.slice();
      (bytes[at] as number) ^= 1;
      expect(code(bytes)).toBe('undecodable_image');
    }
  });

  it('cut short anywhere, unless every pixel is there', () => {
    const { png, pngNoise } = pictures;
    const half = stored(new Uint8Array(24 * 121).fill(1, 1));
    const blocks = encodePng({ ...good, data: () => [half] });
    for (const [whole, lasting] of [
      [png, 40],
      [pngNoise, 40],
      [blocks, 40],
    ] as const) {
      const pixels = crc32(decode(whole).rgb);
      let sound = 0;
      for (let length = 8; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        try {
          expect(crc32(decode(cut).rgb), `${length}`).toBe(pixels);
          sound++;
        } catch (error) {
          expect(error).toMatchObject({ failure: { code: 'undecodable_image' } });
          expect(sound, `${length}`).toBe(0); // once all is there, it stays so
        }
      }
      // IEND, the last chunk's checksum, and the data's own.
      expect(sound).toBeGreaterThanOrEqual(20);
      expect(sound).toBeLessThan(lasting);
    }
  });

  it('but not for a chunk that is not needed, and damaged: it is left out', () => {
    const damaged = (type: string, length: number) =>
      chunk(type, new Uint8Array(length)).fill(9, -4);
    const grey = { width: 40, height: 24, colourType: 0, pixel: () => [0] };
    const plain = decode(encodePng(grey));
    expect(decode(encodePng({ ...grey, extra: [chunk('tRNS', new Uint8Array(2))] }))).not.toEqual(
      plain,
    );
    expect(decode(encodePng({ ...grey, extra: [damaged('tRNS', 2)] }))).toEqual(plain);
    expect(decode(encodePng({ ...grey, extra: [damaged('PLTE', 3)] }))).toEqual(plain);
    const exif = chunk('eXIf', tiff({ value: 6 }));
    expect(decode(encodePng({ ...grey, extra: [exif] })).width).toBe(24);
    expect(decode(encodePng({ ...grey, extra: [exif.fill(9, -4)] })).width).toBe(40);
    const indexed = { ...grey, colourType: 3, extra: [damaged('PLTE', 3)] };
    expect(code(encodePng(indexed))).toBe('undecodable_image');
  });

  it('but not for what follows its end, nor for a damaged chunk nobody needs', () => {
    const text = chunk('tEXt', new Uint8Array(9)).fill(7, 17);
    for (const bytes of [
      concat([pictures.png, new Uint8Array(99)]),
      encodePng({ ...good, extra: [text] }),
    ]) {
      expect(decode(bytes).width).toBe(40);
    }
  });

  it('fewer rows than the header says', () => {
    const data = (raw: Uint8Array) => [stored(raw.subarray(0, raw.length - 1))];
    expect(code(encodePng({ ...good, data }))).toBe('undecodable_image');
  });

  it('an unknown filter, colour type, depth, compression, interlacing; no palette; no data', () => {
    expect(code(encodePng({ ...good, filter: () => 5 }))).toBe('undecodable_image');
    const data = chunk('IDAT', stored(new Uint8Array(1e4)));
    const end = chunk('IEND', new Uint8Array(0));
    const start = new Uint8Array(SIGNATURE);
    for (const [at, bad] of [
      [8, 3],
      [8, 0],
      [9, 1],
      [9, 7],
      [9, 3],
      [10, 1],
      [11, 1],
      [12, 2],
    ] as const) {
      const ihdr = header(good);
      ihdr[at] = bad;
      expect(code(concat([start, chunk('IHDR', ihdr), data, end]))).toBe('undecodable_image');
    }
    expect(code(concat([start, chunk('IHDR', header(good)), end]))).toBe('undecodable_image');
    expect(code(concat([start, data, chunk('IHDR', header(good)), end]))).toBe('undecodable_image');
  });

  it('too many pixels, or none, before inflating anything', () => {
    const headed = (width: number, height: number) =>
      code(
        concat([
          new Uint8Array(SIGNATURE),
          chunk('IHDR', header({ ...good, width, height })),
          chunk('IDAT', new Uint8Array(1)),
          chunk('IEND', new Uint8Array(0)),
        ]),
      );
    expect(headed(4001, MAX_PNG_PIXELS / 4000)).toBe('image_too_large');
    expect(headed(16_385, 1)).toBe('image_too_large');
    expect(headed(2 ** 32 - 1, 2 ** 32 - 1)).toBe('image_too_large');
    expect(headed(0, 9)).toBe('undecodable_image');
  });

  it('of samples so many that undoing their filters takes too long, by the header alone', () => {
    const depths = [
      [2930, 2910, 8, 2, false],
      [2540, 2520, 8, 6, false],
      [1800, 1780, 16, 6, false],
      [2075, 2055, 8, 2, true],
      [2300, 2285, 8, 0, true],
    ] as const;
    for (const [over, most, depth, colourType, interlaced] of depths) {
      const square = (side: number) =>
        pngOf({ width: side, height: side, depth, colourType, interlaced }, new Uint8Array(1));
      expect(code(square(over))).toBe('image_too_large');
      expect(openPicture(square(most), codecs).width).toBe(most);
    }
  });

  it('of 800,000 empty chunks is read as if they were not there', () => {
    const plain = encodePng({ width: 3, height: 2, colourType: 2, pixel: (x, y) => [x, y, 9] });
    const flood = concat(Array(800_000).fill(chunk('IDAT', new Uint8Array(0))));
    const bytes = concat([plain.subarray(0, 33), flood, plain.subarray(33)]);
    expect(decode(bytes).rgb).toEqual(decode(plain).rgb);
  });
});

it('does not mind more data than the header asks for, and does not inflate them', async () => {
  // 16 MiB, of which the picture needs 24 rows of 121 bytes; how far it reads is in inflate.test.
  const data = await deflate(new Uint8Array(16 * 2 ** 20));
  // Cut: if it were inflated to its end, that would be missed.
  const cut = data.subarray(0, data.length / 2);
  const spec = { width: 40, height: 24, colourType: 2, pixel: () => [] };
  expect(decode(encodePng({ ...spec, data: () => [cut] })).rgb.every((c) => c === 0)).toBe(true);
});
