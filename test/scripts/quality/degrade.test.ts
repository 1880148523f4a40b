import { describe, expect, it } from 'vitest';
import { interleaved, planar } from '../../../scripts/dataset/pack.ts';
import { blurred, exposed, shrunken } from '../../../scripts/quality/degrade.ts';
import { random } from '../../../scripts/statistics/intervals.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';

const next = random(7);
const noise = Uint8Array.from({ length: 3 * CROP_WIDTH * CROP_HEIGHT }, () => 256 * next());
const flat = noise.map(() => 90);

const spread = (crop: Uint8Array) => {
  const mean = crop.reduce((a, b) => a + b, 0) / crop.length;
  return crop.reduce((sum, value) => sum + (value - mean) ** 2, 0) / crop.length;
};
const mean = (crop: Uint8Array) => crop.reduce((a, b) => a + b, 0) / crop.length;

describe('crops made worse', () => {
  it('go from planes to pixels and back', () => {
    expect(planar(interleaved(noise))).toEqual(noise);
    const pixels = interleaved(noise);
    const plane = CROP_WIDTH * CROP_HEIGHT;
    expect([...pixels.subarray(3, 6)]).toEqual([noise[1], noise[1 + plane], noise[1 + 2 * plane]]);
  });

  it('lose the more detail the smaller or the more blurred they are', () => {
    const ways = [shrunken(noise, 60), shrunken(noise, 24), blurred(noise, 1), blurred(noise, 3)];
    const [some, little, soft, softer] = ways.map(spread) as [number, number, number, number];
    expect(some).toBeLessThan(spread(noise));
    expect(little).toBeLessThan(some);
    expect(soft).toBeLessThan(spread(noise) / 4);
    expect(softer).toBeLessThan(soft);
  });

  it('keep what has no detail, and their size', () => {
    for (const same of [blurred(flat, 2), exposed(flat, 1)]) expect(same).toEqual(flat);
    // Away from the edge: what lies outside of a picture is black.
    const small = shrunken(flat, 40);
    expect(small).toHaveLength(flat.length);
    expect(small[70 * CROP_WIDTH + 58]).toBe(90);
  });

  it('do not move when they are shrunken', () => {
    const edge = flat.map((_, i) => (i % CROP_WIDTH < CROP_WIDTH / 2 ? 0 : 200));
    const row = shrunken(edge, 45).subarray(70 * CROP_WIDTH, 71 * CROP_WIDTH);
    const middle = row.findIndex((value) => value >= 100);
    expect(Math.abs(middle - CROP_WIDTH / 2)).toBeLessThanOrEqual(1);
  });

  it('are darker with less light, and never over 255', () => {
    expect(mean(exposed(noise, 1 / 8))).toBeLessThan(0.5 * mean(noise));
    expect(exposed(flat, 1 / 4)[0]).toBe(Math.round(90 / 4 ** (1 / 2.2)));
    expect(exposed(flat, 1000)[0]).toBe(255);
  });
});
