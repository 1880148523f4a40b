import { describe, expect, it } from 'vitest';
import {
  CANONICAL,
  estimateHeadPose as oriented,
  type Vector,
} from '../../../worker/face/alignment/head-pose.ts';

/**
 * The canonical face turned by pitch, then yaw, then roll (degrees), as a head nods on a neck that
 * turns, and looked at from far away at some size and place.
 */
function seen(yaw: number, pitch: number, roll: number, size = 20): Map<number, Vector> {
  const [u, v, w] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const look = ([x, y, z]: Vector): Vector => {
    const y1 = y * Math.cos(v) - z * Math.sin(v);
    const z1 = y * Math.sin(v) + z * Math.cos(v);
    const x2 = x * Math.cos(u) + z1 * Math.sin(u);
    const z2 = z1 * Math.cos(u) - x * Math.sin(u);
    return [
      300 + size * (x2 * Math.cos(w) - y1 * Math.sin(w)),
      200 + size * (x2 * Math.sin(w) + y1 * Math.cos(w)),
      size * z2 - 50,
    ];
  };
  return new Map([...CANONICAL].map(([vertex, point]) => [vertex, look(point)]));
}

function orientation(points: ReadonlyMap<number, Vector>) {
  const found = oriented(points);
  if (found === undefined) throw new Error('no face');
  return found;
}

/** People who look straight ahead look down a little beside the canonical face. */
const LEVEL = 5.8;

describe('orientation', () => {
  it('is nought for the canonical face, but for the level', () => {
    const { yaw, pitch, roll } = orientation(CANONICAL);
    expect(yaw).toBeCloseTo(0, 6);
    expect(roll).toBeCloseTo(0, 6);
    expect(pitch).toBeCloseTo(LEVEL, 6);
  });

  it.each([
    [30, 0, 0],
    [-45, 0, 0],
    [0, 25, 0],
    [0, -30, 0],
    [0, 0, 40],
    [0, 0, -170],
    [-25, 20, 10],
    [60, -35, -80],
  ])('finds own left %i°, up %i° and a lean of %i°, whatever the size', (yaw, pitch, roll) => {
    for (const size of [0.01, 1, 20, 3000]) {
      const found = orientation(seen(yaw, pitch, roll, size));
      expect(found.yaw).toBeCloseTo(yaw, 4);
      expect(found.pitch - LEVEL).toBeCloseTo(pitch, 4);
      expect(found.roll).toBeCloseTo(roll, 4);
    }
  });

  it('is the nearest turn where no turn fits', () => {
    const points = seen(20, 10, 5);
    const [x, y, z] = points.get(61) as Vector;
    const shifted = orientation(new Map([...points, [61, [x - 6, y + 9, z + 4]]])); // a crooked mouth
    expect(Math.abs(shifted.yaw - 20)).toBeLessThan(3);
    expect(Math.abs(shifted.pitch - LEVEL - 10)).toBeLessThan(3);
  });

  it('does not answer where there is no telling', () => {
    const changed = (move: (point: Vector) => Vector) =>
      oriented(new Map([...seen(20, 10, 5)].map(([vertex, point]) => [vertex, move(point)])));
    expect(changed(([x, y, z]) => [x, y, z])).toBeDefined();
    expect(changed(() => [1, 1, 1])).toBeUndefined(); // a point
    expect(changed(([x, y]) => [x, y, 7])).toBeUndefined(); // a plane
    expect(changed(([x, y], i = Math.sin(x * y)) => [x, y, 7 + 1e-9 * i])).toBeUndefined();
    expect(changed(([x, y, z]) => [x, y, -z])).toBeUndefined(); // inside out
    expect(changed(([x, y]) => [x, y, Number.NaN])).toBeUndefined();
    const missing = new Map([...CANONICAL].slice(1));
    expect(() => orientation(missing)).toThrow('no vertex');
  });
});
