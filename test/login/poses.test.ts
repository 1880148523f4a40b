import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action, facesCamera, performs } from '../../worker/login/poses.ts';

/** Estimated degrees of a frame against the frontal one, for each action: enough, and not quite. */
const TURNS: Readonly<Record<Action, { enough: [number, number]; short: [number, number][] }>> = {
  'turn-left': {
    enough: [9, 0],
    short: [
      [8.9, 0],
      [20, 6],
      [9, -11.3],
    ],
  },
  'turn-right': {
    enough: [-9, 0],
    short: [
      [-8.9, 0],
      [-20, 6],
      [-9, -11.3],
    ],
  },
  'look-up': {
    enough: [0, 5],
    short: [
      [0, 4.9],
      [8, 10],
      [-8, 10],
    ],
  },
  'look-down': {
    enough: [0, -5],
    short: [
      [0, -4.9],
      [8, -10],
      [-8, -10],
    ],
  },
  'look-up-left': {
    enough: [7, 1],
    short: [
      [6.9, 5],
      [30, 0.9],
      [7, 8.8],
    ],
  },
  'look-up-right': {
    enough: [-7, 1],
    short: [
      [-6.9, 5],
      [-30, 0.9],
      [-7, 8.8],
    ],
  },
};

describe('performs', () => {
  it.each(ACTIONS)(
    '%s needs its own turn, whatever the frontal frame was estimated at',
    (action) => {
      const { enough, short } = TURNS[action];
      for (const frontal of [
        { yaw: 0, pitch: 0 },
        { yaw: 6, pitch: -9 }, // a camera over the screen, a crooked nose
      ]) {
        const at = ([yaw, pitch]: [number, number]) => ({
          yaw: frontal.yaw + yaw,
          pitch: frontal.pitch + pitch,
        });
        expect(performs(action, frontal, at(enough))).toBe(true);
        for (const less of short) expect(performs(action, frontal, at(less))).toBe(false);
        expect(performs(action, frontal, frontal)).toBe(false); // held still
      }
    },
  );

  it('lets no pose answer two actions, but a turn that rises a little', () => {
    const pairs = new Set<string>();
    for (let yaw = -40; yaw <= 40; yaw += 0.5) {
      for (let pitch = -30; pitch <= 30; pitch += 0.5) {
        const all = ACTIONS.filter((action) =>
          performs(action, { yaw: 0, pitch: 0 }, { yaw, pitch }),
        );
        if (all.length > 1) {
          pairs.add(all.join(' '));
          expect(pitch / Math.abs(yaw)).toBeLessThan(0.3);
        }
      }
    }
    expect([...pairs].sort()).toEqual(['turn-left look-up-left', 'turn-right look-up-right']);
  });

  it('takes no pose for its opposite', () => {
    const frontal = { yaw: 0, pitch: 0 };
    for (const [one, other] of [
      ['turn-left', 'turn-right'],
      ['turn-right', 'turn-left'],
      ['look-up', 'look-down'],
      ['look-down', 'look-up'],
      ['look-up-left', 'look-up-right'],
      ['look-up-right', 'look-up-left'],
    ] as const) {
      const [yaw, pitch] = TURNS[one].enough;
      expect(performs(other, frontal, { yaw: 2 * yaw, pitch: 2 * pitch }), one).toBe(false);
      expect(performs(one, frontal, { yaw: 2 * yaw, pitch: 2 * pitch }), one).toBe(true);
    }
  });
});

describe('facesCamera', () => {
  it('is a matter of 12 degrees sideways, and 15 up and down', () => {
    for (const sign of [1, -1]) {
      expect(facesCamera({ yaw: sign * 12, pitch: sign * 15 })).toBe(true);
      expect(facesCamera({ yaw: sign * 12.1, pitch: 0 })).toBe(false);
      expect(facesCamera({ yaw: 0, pitch: sign * 15.1 })).toBe(false);
    }
  });
});
