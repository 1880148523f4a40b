/** Frames that are one picture, told through the deployed detector. */
import { describe, expect, it } from 'vitest';
import { encodeJpeg } from '../../scripts/simulate/jpeg-encoder.ts';
import { ANGLES } from '../../scripts/simulate/scenes.ts';
import { bulge, greyMirror, mirrorImage } from '../../scripts/simulate/script-attacks.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { detectAndAlignFrame } from '../../worker/login/frame.ts';
import type { Action } from '../../worker/login/poses.ts';
import { type ActionShot, findRepeat, shotOf } from '../../worker/login/repeats.ts';
import { codecs } from '../support/codecs.ts';
import { finder } from '../support/engine.ts';
import { view } from '../support/posed.ts';

const engine = { codecs, ...(await finder()) };

const shotFrom = async (pixels: Pixels, quality = 90) =>
  shotOf(await detectAndAlignFrame(engine, encodeJpeg(pixels, quality)));
const shoot = async (action: Action, pixels: Pixels): Promise<ActionShot> => ({
  action,
  ...(await shotFrom(pixels, 80)),
});

const seen = (name: Action | 'frontal', more = {}) => view({ ...ANGLES[name], ...more });
const left = seen('turn-left');
const frontal = await shotFrom(seen('frontal'));
const before = [await shoot('turn-left', left)];

describe('findRepeat', () => {
  it('finds none in the frames of who does as asked', async () => {
    for (const action of ['turn-right', 'look-up', 'look-down', 'look-up-left'] as const) {
      const found = findRepeat(frontal, before, await shoot(action, seen(action)));
      expect(found, action).toBeUndefined();
    }
    const again = seen('turn-left', { yaw: 31, roll: 4, x: 330 });
    expect(findRepeat(frontal, before, await shoot('turn-left', again))).toBeUndefined();
  });

  it('finds the frame sent before, saved anew', async () => {
    expect(findRepeat(frontal, before, await shoot('turn-left', left))).toBe('repeat');
  });

  it('lets no pose answer two actions', async () => {
    const other = seen('turn-left', { yaw: 27, pitch: 2, roll: 5, x: 345, eyes: 70 });
    expect(findRepeat(frontal, before, await shoot('look-up-left', other))).toBe('repeat');
    expect(findRepeat(frontal, before, await shoot('turn-left', other))).toBeUndefined();
  });

  it('finds it warped a little for another action', async () => {
    const warped = bulge(left, { sideways: 0, upwards: 6, reach: 90 });
    expect(findRepeat(frontal, before, await shoot('look-up-left', warped))).toBe('repeat');
  });

  it('finds its mirror image', async () => {
    const shot = await shoot('turn-right', mirrorImage(left));
    expect(findRepeat(frontal, before, shot)).toBe('mirror');
    expect(findRepeat(frontal, [], shot)).toBeUndefined();
  });

  it('finds it grey, mirrored or not', async () => {
    const shot = await shoot('turn-right', greyMirror(left));
    expect(findRepeat(frontal, [], shot)).toBe('grey');
  });

  it('finds the frontal frame again', async () => {
    const flat = seen('frontal', { roll: 5, x: 335 });
    expect(findRepeat(frontal, [], await shoot('turn-left', flat))).toBe('print');
  });
});
