import { describe, expect, it } from 'vitest';
import { estimateYaw } from '../../../scripts/dataset/fsanet.ts';
import type { Network } from '../../../worker/face/network.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';

const SIDE = 64;
const FACE = { x: 0.5, y: 0.5, side: 1 };

/** Black, with one half in a colour. */
function half(right: boolean, colour: readonly number[]): Pyramid {
  const rgb = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) {
    if (i % SIDE >= SIDE / 2 === right) rgb.set(colour, 3 * i);
  }
  return new Pyramid({ width: SIDE, height: SIDE, rgb });
}

/** A network whose yaw is what is brighter at the right than at the left, in the first plane it is given. */
const balance: Network = {
  async run({ data, shape }) {
    expect(shape).toEqual([1, 3, SIDE, SIDE]);
    let sum = 0;
    for (let i = 0; i < SIDE * SIDE; i++) {
      sum += (i % SIDE >= SIDE / 2 ? 1 : -1) * (data[i] as number);
    }
    return { output: Float32Array.of((sum / SIDE ** 2) * 20, 0, 0) };
  },
};

describe('estimateYaw', () => {
  it('takes the mirror image into account, and own left as positive', async () => {
    const [left, right] = [half(false, [0, 0, 255]), half(true, [0, 0, 255])];
    expect((await estimateYaw([balance], left, FACE)).yaw).toBeCloseTo(19.9, 0);
    expect((await estimateYaw([balance], right, FACE)).yaw).toBeCloseTo(-19.9, 0);
  });

  it('gives the networks blue first', async () => {
    const red = half(true, [255, 0, 0]);
    expect((await estimateYaw([balance], red, FACE)).yaw).toBeCloseTo(0);
  });

  it('looks again at a face that is turned, and says how far the estimates lie apart', async () => {
    const yaws = [-50, -60, -60, -70, -70, -80, -80];
    let look = 0;
    const turned: Network = {
      // Each look is one at the face and one at its mirror image.
      async run() {
        const yaw = yaws[look >> 1] as number;
        return { output: Float32Array.of(look++ % 2 === 0 ? yaw : -yaw, 0, 0) };
      },
    };
    const estimate = await estimateYaw([turned], half(true, [1, 1, 1]), FACE);
    expect(estimate).toEqual({ yaw: 70, spread: 20 });
    expect(look).toBe(14);
  });
});
