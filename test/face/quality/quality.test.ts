import { describe, expect, it } from 'vitest';
import { CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';
import { quality } from '../../../worker/face/quality/quality.ts';

const ahead = { yaw: 1, pitch: -2, roll: 3 };

describe('quality', () => {
  const flat = (value: number) => new Uint8Array(3 * CROP_WIDTH * CROP_HEIGHT).fill(value);

  it('gives exposure from black to white', () => {
    expect(quality(90, flat(0), ahead).exposure).toBe(0);
    expect(quality(90, flat(255), ahead).exposure).toBeCloseTo(1, 9);
    expect(quality(90, flat(51), ahead).exposure).toBeCloseTo(0.2, 9);
  });

  it('calls a flat crop not sharp, and stripes the sharper the stronger', () => {
    const stripes = (contrast: number) =>
      flat(0).map((_, i) => 128 + (Math.floor((i % CROP_WIDTH) / 2) % 2 ? contrast : -contrast));
    const [none, weak, strong] = [0, 5, 60].map(
      (contrast) => quality(90, stripes(contrast), ahead).sharpness,
    ) as [number, number, number];
    expect(none).toBe(0);
    expect(weak).toBeGreaterThan(0);
    expect(strong).toBeGreaterThan(weak);
    expect(strong).toBeLessThan(1);
  });

  it('tells the deviation of noise, and does not take edges for it', () => {
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const plane = CROP_WIDTH * CROP_HEIGHT;
    const grain = Float64Array.from({ length: plane }, normal);
    const noisy = (deviation: number) =>
      flat(0).map((_, i) => Math.round(128 + deviation * (grain[i % plane] as number)));
    for (const deviation of [5, 10, 20]) {
      expect(quality(90, noisy(deviation), ahead).noise / deviation).toBeCloseTo(1, 1);
    }
    const halves = flat(0).map((_, i) => (i % CROP_WIDTH < CROP_WIDTH / 2 ? 40 : 220));
    expect(quality(90, halves, ahead).noise).toBe(0);
  });

  it("passes the face's width and orientation through", () => {
    expect(quality(181, flat(9), ahead)).toMatchObject({ faceWidth: 181, ...ahead });
  });
});
