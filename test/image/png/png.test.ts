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
  flatPng,
  header,
  SIGNATURE,
  stored,
} from '../../support/png.ts';
import * as scene from '../../support/scene.ts';

const named: Record<string, Uint8Array> = { ...pictures };

const decode = (bytes: Uint8Array, denominator: Denominator = 1) =>
  openPicture(bytes, codecs).pixels(denominator);

/** Any value of any depth, differing from neighbours. */
const value = (x: number, y: number, c: number, depth: number) =>
  (x * 7919 + y * 104_729 + c * 1_299_709) % 2 ** depth;

/** Pixel that it must become: its samples at 8 bits, over white. */
const expected = (samples: number[], depth: number, colourType: number) => {
  const eight = samples.map((s) =>
    depth === 16 ? s >> 8 : Math.trunc((s * 255) / (2 ** depth - 1)),
  );
  const [alpha = 255] = colourType >= 4 ? eight.splice(-1) : [];
  const [grey] = eight as [number, ...number[]];
  const colour = eight.length === 1 ? [grey, grey, grey] : eight;
  return colour.map((c) => (c * alpha + 255 * (255 - alpha)) / 255);
};

const KINDS: [number, number, number][] = [
  ...[1, 2, 4, 8, 16].map((depth): [number, number, number] => [0, depth, 1]),
  ...[8, 16].flatMap((depth): [number, number, number][] => [
    [2, depth, 3],
    [4, depth, 2],
    [6, depth, 4],
  ]),
];

describe('every kind of PNG', () => {
  for (const [colourType, depth, samples] of KINDS) {
    for (const interlaced of [false, true]) {
      it(`colour type ${colourType}, ${depth} bits${interlaced ? ', interlaced' : ''}`, () => {
        // Sides that leave passes of Adam7 empty, and that end amid a byte.
        for (const [width, height] of [
          [13, 11],
          [1, 1],
          [3, 2],
          [1, 9],
        ] as const) {
          const pixel = (x: number, y: number) =>
            Array.from({ length: samples }, (_, c) => value(x, y, c, depth));
          const filter = (row: number) => row % 5;
          const spec = { width, height, depth, colourType, pixel, interlaced, filter };
          const pixels = decode(encodePng(spec));
          expect([pixels.width, pixels.height]).toEqual([width, height]);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const want = expected(pixel(x, y), depth, colourType);
              scene.colourAt(pixels, x, y).forEach((c, i) => {
                expect(Math.abs(c - (want[i] as number)), `${x},${y}`).toBeLessThanOrEqual(0.5);
              });
            }
          }
        }
      });
    }
  }

  it.each([1, 2, 4, 8])('palette of %i bits, with alpha', (depth) => {
    const palette = [10, 20, 30, 200, 100, 0];
    const pixel = (x: number, y: number) => [(x + y) % 2];
    const transparency = [255, 51];
    const spec = { width: 5, height: 3, depth, colourType: 3, pixel, palette, transparency };
    const pixels = decode(encodePng(spec));
    expect(scene.colourAt(pixels, 0, 0)).toEqual([10, 20, 30]);
    expect(scene.colourAt(pixels, 1, 0)).toEqual([244, 224, 204]);
    expect(scene.colourAt(pixels, 4, 1)).toEqual([244, 224, 204]);
  });

  it('paints an index beyond the palette black, as libpng does', () => {
    const spec = { width: 1, height: 1, colourType: 3, pixel: () => [9], palette: [1, 2, 3] };
    expect(scene.colourAt(decode(encodePng(spec)), 0, 0)).toEqual([0, 0, 0]);
  });

  it.each([
    [0, 8, [200], [0, 200]],
    [0, 4, [9], [0, 9]],
    [0, 16, [0x1234], [0x12, 0x34]],
    [2, 8, [1, 2, 3], [0, 1, 0, 2, 0, 3]],
    [2, 16, [0x102, 0x304, 0x506], [1, 2, 3, 4, 5, 6]],
  ])('one transparent colour: type %i, %i bits', (colourType, depth, clear, transparency) => {
    const almost = [(clear[0] as number) ^ 1, ...clear.slice(1)];
    const pixel = (x: number) => (x ? clear : almost);
    const spec = { width: 2, height: 1, colourType, depth, pixel, transparency };
    const pixels = decode(encodePng(spec));
    expect(scene.colourAt(pixels, 0, 0)).not.toEqual([255, 255, 255]);
    expect(scene.colourAt(pixels, 1, 0)).toEqual([255, 255, 255]);
  });
});

describe('pictures by another writer', () => {
  it.each([
    ['png', scene.SCENE],
    ['pngAnimated', scene.SCENE],
    ['pngGrey', scene.SCENE.map(scene.grey)],
    ['pngPalette', scene.SCENE],
    [
      'pngBits',
      [
        [0, 0, 0],
        [255, 255, 255],
        [0, 0, 0],
        [255, 255, 255],
      ],
    ],
    ['pngGrey16', Array(4).fill([128, 128, 128])],
    [
      'pngTransparent',
      [scene.over(scene.RED, 128), [255, 255, 255], scene.over(scene.BLUE, 128), scene.YELLOW],
    ],
  ] as [string, scene.Colour[]][])('%s', (name, quarters) => {
    scene.expectQuarters(decode(named[name] as Uint8Array), quarters, 2);
  });

  it('is turned by eXIf', () => {
    const pixels = decode(pictures.pngOrientation8);
    expect([pixels.width, pixels.height]).toEqual([24, 40]);
    scene.expectQuarters(pixels, [scene.GREEN, scene.YELLOW, scene.RED, scene.BLUE], 0);
  });
});

describe('scaled', () => {
  it.each([2, 4, 8] as const)(
    '1/%i is the average of its boxes, the edges included',
    (denominator) => {
      const [width, height] = [19, 13];
      const pixel = (x: number, y: number) => [0, 1, 2].map((c) => value(x, y, c, 8));
      for (const interlaced of [false, true]) {
        const pixels = decode(
          encodePng({ width, height, colourType: 2, pixel, interlaced }),
          denominator,
        );
        expect(pixels.width).toBe(Math.ceil(width / denominator));
        expect(pixels.height).toBe(Math.ceil(height / denominator));
        for (let y = 0; y < pixels.height; y++) {
          for (let x = 0; x < pixels.width; x++) {
            let sum = 0;
            let count = 0;
            for (let v = y * denominator; v < Math.min(height, (y + 1) * denominator); v++) {
              for (let u = x * denominator; u < Math.min(width, (x + 1) * denominator); u++) {
                sum += pixel(u, v)[1] as number;
                count++;
              }
            }
            expect(
              Math.abs((scene.colourAt(pixels, x, y)[1] as number) - sum / count),
            ).toBeLessThanOrEqual(0.5);
          }
        }
      }
    },
  );
});

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

  it('of samples so many that undoing their filters takes too long', async () => {
    const depths = [
      [4000, 8, 2, 3_870],
      [3700, 8, 6, 3_350],
      [1800, 16, 6, 1_670],
    ] as const;
    for (const [side, depth, type, most] of depths) {
      expect(code(await flatPng(side, depth, type))).toBe('image_too_large');
      expect(openPicture(await flatPng(most, depth, type), codecs).width).toBe(most);
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
