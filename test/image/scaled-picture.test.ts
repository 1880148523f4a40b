import { describe, expect, it } from 'vitest';
import type { Denominator, Picture } from '../../worker/image/pixels.ts';
import { plainSampler } from '../../worker/image/sampling/plain.ts';
import { ScaledPicture } from '../../worker/image/scaled-picture.ts';
import { MAX_DECODED_PIXELS } from '../../worker/limits.ts';

/** A picture that notes at which scales it was decoded. */
function noting(width: number, height: number, scales: boolean) {
  const decoded: Denominator[] = [];
  const picture: Picture = {
    format: scales ? 'jpeg' : 'png',
    width,
    height,
    scales,
    pixels(denominator) {
      decoded.push(denominator);
      // Its own size does not matter here, and would be much memory.
      return { width: 1, height: 1, rgb: new Uint8Array(3) };
    },
  };
  return { scaled: new ScaledPicture(picture, plainSampler), decoded };
}

describe('ScaledPicture', () => {
  it.each([
    [640, 480, 640, 480, 1],
    [959, 700, 959, 480, 1],
    [960, 700, 960, 480, 2],
    [4000, 3000, 4000, 480, 8],
    [4000, 3000, 240, 90, 2],
    [4000, 3000, 180, 90, 2],
    [1600, 1200, 90, 90, 1],
    [1600, 1200, 60, 90, 1],
  ])('%i x %i, %i pixels shown by %i: decoded at 1/%5$i', (width, height, of, wanted, expected) => {
    const { scaled, decoded } = noting(width, height, true);
    const pyramid = scaled.showing(of, wanted);
    expect(decoded).toEqual([expected]);
    expect(pyramid.denominator).toBe(expected);
    expect([pyramid.width, pyramid.height]).toEqual([width, height]);
  });

  it('is no finer than memory allows', () => {
    const { scaled, decoded } = noting(4000, 3000, true);
    expect(4000 * 3000).toBeGreaterThan(MAX_DECODED_PIXELS);
    scaled.showing(30, 90);
    expect(decoded).toEqual([2]);
  });

  it('is decoded again only where that is not fine enough', () => {
    const { scaled, decoded } = noting(4000, 3000, true);
    const coarse = scaled.showing(4000, 480);
    expect(scaled.showing(2000, 90)).toBe(coarse);
    expect(scaled.showing(400, 90)).not.toBe(coarse);
    expect(scaled.showing(4000, 480).denominator).toBe(4);
    expect(decoded).toEqual([8, 4]);
  });

  it('gives the memory of a coarser one back before the finer one is decoded, and all of it when told to', () => {
    const { scaled } = noting(4000, 3000, true);
    const coarse = scaled.showing(4000, 480).level(3);
    const fine = scaled.showing(400, 90).level(2);
    expect([coarse.rgb.byteLength, fine.rgb.byteLength]).toEqual([0, 3]);
    scaled.free();
    expect(fine.rgb.byteLength).toBe(0);
    expect(scaled.showing(4000, 480).denominator).toBe(8);
  });

  it('is decoded once where decoding smaller saves nothing', () => {
    for (const [width, height, expected] of [
      [2560, 1920, 1],
      [4000, 4000, 2],
    ] as const) {
      const { scaled, decoded } = noting(width, height, false);
      const first = scaled.showing(width, 480);
      expect(scaled.showing(40, 90)).toBe(first);
      expect(decoded).toEqual([expected]);
    }
  });
});
