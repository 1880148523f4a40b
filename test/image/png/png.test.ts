import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import type { Denominator } from '../../../worker/image/pixels.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { codecs } from '../../support/codecs.ts';
import { encodePng } from '../../support/png.ts';
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
