import { describe, expect, it } from 'vitest';
import {
  decideOthers,
  decideOwn,
  type Turned,
  yawSteps,
} from '../../../scripts/detection/yaw-steps.ts';
import { SHARED } from '../../../worker/face/quality/quality-floor.ts';
import { GOOD } from '../../support/quality.ts';

/** A face whose embedding is a unit vector at an angle. */
function face(person: string, yaw: number, angle: number, estimated = 0): Turned {
  const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle));
  return { person, yaw, embedding, quality: { ...GOOD, yaw: estimated } };
}

const missed = (person: string, yaw: number): Turned => ({ person, yaw, code: 'no_face' });

describe('yawSteps', () => {
  it('takes both sides together, and all beyond 75 degrees into the last', () => {
    const steps = yawSteps([0, -14.9, 15, -44, 75, -90, 100].map((yaw) => ({ yaw })));
    expect(steps.map(({ name, faces }) => [name, faces.map(({ yaw }) => yaw)])).toEqual([
      ['0 to 15°', [0, -14.9]],
      ['15 to 30°', [15]],
      ['30 to 45°', [-44]],
      ['45 to 60°', []],
      ['60 to 75°', []],
      ['75° and more', [75, -90, 100]],
    ]);
  });
});

describe('decisions', () => {
  it("count every pair of a face and its person's frontal pictures, refused ones as wrong", () => {
    const frontal = [face('a', 0, 0), missed('a', 3), face('b', 2, 0)];
    const turned = [face('a', 70, 0.1), face('a', 80, 2), missed('a', 85)];
    expect(decideOwn(turned, frontal, 1)).toEqual({ pairs: 6, same: 1 });
  });

  it('hold no face against itself', () => {
    const frontal = [face('a', 0, 0), face('a', 1, 0)];
    expect(decideOwn(frontal, frontal, 1)).toEqual({ pairs: 2, same: 2 });
  });

  it('count the pairs of different people that something is decided on', () => {
    const beyond = SHARED.yaw + 1;
    const faces = [face('a', 70, 0), face('a', 70, 0), face('b', 70, 0), face('c', 70, 0, beyond)];
    expect(decideOthers([...faces, missed('d', 70)], 1)).toEqual({ pairs: 5, same: 5 });
    expect(decideOthers([...faces, face('d', 70, 0, -beyond)], 1)).toEqual({ pairs: 8, same: 8 });
  });
});
