import { describe, expect, it } from 'vitest';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import type { Landmarks, Point } from '../../worker/face/detect.ts';
import { pose, quality } from '../../worker/face/quality.ts';

/** A head in three dimensions: x to its own left, y down, z towards the camera; eyes 1 apart. */
const HEAD = {
  rightEye: [-0.5, 0, 0],
  leftEye: [0.5, 0, 0],
  nose: [0, 0.555 * 1.07, 0.45],
  mouth: [0, 1.07, 0],
  rightEar: [-1, 0.2, -1],
  leftEar: [1, 0.2, -1],
} as const;

/** The head turned by yaw, then pitch, then roll (degrees), seen from far away at 100 px. */
function seen(yaw: number, pitch: number, roll: number): Landmarks {
  const [u, v, w] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const look = ([x, y, z]: readonly [number, number, number]): Point => {
    const x1 = x * Math.cos(u) + z * Math.sin(u);
    const z1 = z * Math.cos(u) - x * Math.sin(u);
    const y2 = y * Math.cos(v) - z1 * Math.sin(v);
    return {
      x: 300 + 100 * (x1 * Math.cos(w) - y2 * Math.sin(w)),
      y: 200 + 100 * (x1 * Math.sin(w) + y2 * Math.cos(w)),
    };
  };
  return Object.fromEntries(
    Object.entries(HEAD).map(([name, point]) => [name, look(point)]),
  ) as unknown as Landmarks;
}

describe('pose', () => {
  it('is nought for a frontal head', () => {
    const { yaw, pitch, roll } = pose(seen(0, 0, 0));
    expect([yaw, pitch, roll].map((angle) => Math.round(angle * 1000))).toEqual([0, 0, 0]);
  });

  it.each([-40, -20, 20, 40])('finds a yaw of %i degrees, positive to the own left', (yaw) => {
    expect(pose(seen(yaw, 0, 0)).yaw).toBeCloseTo(yaw, 0);
  });

  it.each([-25, -10, 10, 25])('finds a pitch of %i degrees, positive upwards', (pitch) => {
    expect(pose(seen(0, pitch, 0)).pitch).toBeCloseTo(pitch, 0);
  });

  it.each([-45, -10, 30])('finds a roll of %i degrees, and no turn with it', (roll) => {
    const found = pose(seen(0, 0, roll));
    expect(found.roll).toBeCloseTo(roll, 6);
    expect(found.yaw).toBeCloseTo(0, 6);
    expect(found.pitch).toBeCloseTo(0, 6);
  });
});

describe('quality', () => {
  const flat = (value: number) => new Uint8Array(3 * CROP_WIDTH * CROP_HEIGHT).fill(value);

  it('gives exposure from black to white', () => {
    expect(quality(90, flat(0), seen(0, 0, 0)).exposure).toBe(0);
    expect(quality(90, flat(255), seen(0, 0, 0)).exposure).toBeCloseTo(1, 9);
    expect(quality(90, flat(51), seen(0, 0, 0)).exposure).toBeCloseTo(0.2, 9);
  });

  it('calls a flat crop not sharp, and stripes the sharper the stronger', () => {
    const stripes = (contrast: number) =>
      flat(0).map((_, i) => 128 + (Math.floor((i % CROP_WIDTH) / 2) % 2 ? contrast : -contrast));
    const [none, weak, strong] = [0, 5, 60].map(
      (contrast) => quality(90, stripes(contrast), seen(0, 0, 0)).sharpness,
    ) as [number, number, number];
    expect(none).toBe(0);
    expect(weak).toBeGreaterThan(0);
    expect(strong).toBeGreaterThan(weak);
    expect(strong).toBeLessThan(1);
  });

  it('passes the width of the face through', () => {
    expect(quality(181, flat(9), seen(0, 0, 0)).faceWidth).toBe(181);
  });
});
