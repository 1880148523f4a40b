import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeJpeg } from '../../scripts/simulate/jpeg-encoder.ts';
import { locate } from '../../worker/face/detection/locate.ts';
import { detectAndAlign, detectAndAlignAll } from '../../worker/face/pipeline.ts';
import type { Picture, Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { detectAndAlignFrame } from '../../worker/login/frame.ts';
import { codecs } from '../support/codecs.ts';
import { finder } from '../support/engine.ts';
import { face, GROUPS } from '../support/pictures.ts';

describe('the memory of a picture', () => {
  let made: Pixels[];

  beforeEach(() => {
    made = [];
    const { level } = Pyramid.prototype;
    vi.spyOn(Pyramid.prototype, 'level').mockImplementation(function (this: Pyramid, k) {
      const pixels = level.call(this, k);
      made.push(pixels);
      return pixels;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  const held = () => made.reduce((sum, { rgb }) => sum + rgb.byteLength, 0);

  it('is given back when its face is cut out', async () => {
    const { crop } = await detectAndAlign(
      { ...(await finder()), codecs },
      face('face-640x480.jpg'),
      'one',
    );
    expect(crop.some((value) => value > 0)).toBe(true);
    expect(made.length).toBeGreaterThan(2);
    expect(held()).toBe(0);
  });

  it('is given back when all its faces are, or no more are asked for', async () => {
    const engine = { ...(await finder()), codecs };
    const [group] = GROUPS as [(typeof GROUPS)[0]];
    let count = 0;
    for await (const { crop } of detectAndAlignAll(engine, group.picture, 3)) count += crop.length;
    expect(count).toBeGreaterThan(0);
    expect(held()).toBe(0);
    made = [];
    for await (const _ of detectAndAlignAll(engine, group.picture, 3)) break;
    expect(made.length).toBeGreaterThan(0);
    expect(held()).toBe(0);
  });

  it('is given back of a login frame, with a face and without', async () => {
    const engine = { ...(await finder()), codecs };
    await detectAndAlignFrame(engine, face('face-640x480.jpg'));
    expect(held()).toBe(0);
    const grey = encodeJpeg(
      { width: 640, height: 480, rgb: new Uint8Array(640 * 480 * 3).fill(99) },
      90,
    );
    await expect(detectAndAlignFrame(engine, grey)).rejects.toThrow();
    expect(held()).toBe(0);
  });

  it('is given back of a picture that is refused', async () => {
    const rgb = new Uint8Array(180_000).fill(99);
    const grey: Picture = {
      format: 'png',
      scales: false,
      width: 300,
      height: 200,
      pixels: () => ({ width: 300, height: 200, rgb }),
    };
    await expect(locate(await finder(), grey, 'dominant')).rejects.toThrow();
    expect(rgb.byteLength).toBe(0);
  });
});
