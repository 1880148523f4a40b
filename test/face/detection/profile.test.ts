import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../worker/errors.ts';
import { findFaces, locate } from '../../../worker/face/detection/locate.ts';
import { isInProfile, PROFILE_YAW } from '../../../worker/face/detection/profile.ts';
import { FLOOR } from '../../../worker/face/quality/quality-floor.ts';
import type { Undecided } from '../../../worker/face/verify.ts';
import { openPicture } from '../../../worker/image/open.ts';
import type { Picture } from '../../../worker/image/pixels.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face } from '../../support/pictures.ts';
import { placed } from '../../support/placed.ts';
import { verifyOverApi } from '../../support/worker.ts';

const bytes = face('profile.jpg');
const picture = openPicture(bytes, codecs);

/** The same as a mirror shows it. */
function mirrored({ width, height, pixels }: Picture): Picture {
  const { rgb } = pixels(1);
  const out = rgb.map((_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return rgb[3 * (y * width + width - 1 - x) + channel] as number;
  });
  return {
    format: 'png',
    scales: false,
    width,
    height,
    pixels: () => ({ width, height, rgb: out }),
  };
}

describe('a face in profile', () => {
  it('is found where nothing else is, turned to its own right', async () => {
    const { face: found } = await locate(await finder(), picture, 'one');
    expect(isInProfile(found)).toBe(true);
    expect(found.orientation.yaw).toBeLessThanOrEqual(-PROFILE_YAW);
    // Drawn with the tip of the nose at (150, 247), the eye at (196, 205), the mouth at (180, 282).
    const { nose, rightEye, mouth } = found.landmarks;
    expect(Math.hypot(nose.x - 150, nose.y - 247)).toBeLessThan(25);
    expect(Math.hypot(rightEye.x - 196, rightEye.y - 205)).toBeLessThan(25);
    expect(Math.hypot(mouth.x - 180, mouth.y - 282)).toBeLessThan(25);
  });

  it('is found in the mirror, turned the other way', async () => {
    const { face: found } = await locate(await finder(), mirrored(picture), 'one');
    expect(found.orientation.yaw).toBeGreaterThanOrEqual(PROFILE_YAW);
    expect(found.landmarks.nose.x).toBeGreaterThan(picture.width - 170);
  });

  it('is found at a fifth of the width of a larger picture', async () => {
    const small = placed(new Pyramid(picture.pixels(1)), 0.8, 1280, 960);
    const { face: found } = await locate(await finder(), small, 'one');
    expect(isInProfile(found)).toBe(true);
    expect(Math.hypot(found.landmarks.nose.x - 568, found.landmarks.nose.y - 486)).toBeLessThan(20);
  });

  it('is not looked for beside one that looks at the camera', async () => {
    const faces = await findFaces(await finder(), openPicture(face('face.jpg'), codecs));
    expect(faces.map(isInProfile)).toEqual([false]);
  });

  it('is refused, and why is said', async () => {
    for (const [reference, probe, field] of [
      [face('face.jpg'), bytes, 'probe'],
      [bytes, face('face.jpg'), 'reference'],
    ] as const) {
      const response = await verifyOverApi(reference, probe);
      expect(response.status).toBe(422);
      const problem = await response.json<Problem>();
      expect(problem).toMatchObject({ code: 'low_quality', field });
      expect(problem.reasons).toContain('turned');
    }
  });

  it('is reported without a decision where that is asked for', async () => {
    const response = await verifyOverApi(face('face.jpg'), bytes, { quality: 'report' });
    expect(response.status).toBe(200);
    const answer = await response.json<Undecided>();
    expect(answer.reasons.probe).toContain('turned');
    expect(Math.abs(answer.probe.quality.yaw)).toBeGreaterThan(FLOOR.yaw);
    expect(answer).not.toHaveProperty('same');
  });
});
