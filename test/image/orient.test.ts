import { describe, expect, it } from 'vitest';
import { swapsSides, upright } from '../../worker/image/orient.ts';

/**
 * Sides of row 0 and column 0 of the stored picture (EXIF 2.32, 4.6.4 A, tag 274), on 3x2 pixels
 *
 *     1 2 3
 *     4 5 6
 */
const EXPECTED: [1 | 2 | 3 | 4 | 5 | 6 | 7 | 8, number[]][] = [
  [1, [1, 2, 3, 4, 5, 6]],
  [2, [3, 2, 1, 6, 5, 4]],
  [3, [6, 5, 4, 3, 2, 1]],
  [4, [4, 5, 6, 1, 2, 3]],
  [5, [1, 4, 2, 5, 3, 6]],
  [6, [4, 1, 5, 2, 6, 3]],
  [7, [6, 3, 5, 2, 4, 1]],
  [8, [3, 6, 2, 5, 1, 4]],
];

describe('upright', () => {
  it.each(EXPECTED)('%i', (orientation, expected) => {
    const stored = Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((n) => [n, n + 10, n + 20]));
    const pixels = upright(stored, 3, 2, orientation);
    const swap = swapsSides(orientation);
    expect([pixels.width, pixels.height]).toEqual(swap ? [2, 3] : [3, 2]);
    expect([...pixels.rgb]).toEqual(expected.flatMap((n) => [n, n + 10, n + 20]));
  });

  it('has nothing to do at one pixel', () => {
    for (const [orientation] of EXPECTED) {
      const pixels = upright(new Uint8Array([7, 8, 9]), 1, 1, orientation);
      expect(pixels).toEqual({ width: 1, height: 1, rgb: new Uint8Array([7, 8, 9]) });
    }
  });
});
