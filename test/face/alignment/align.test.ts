import { describe, expect, it } from 'vitest';
import { align, alignment, CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';
import type { Landmarks, Point } from '../../../worker/face/alignment/geometry.ts';
import { Pyramid } from '../../../worker/image/pyramid.ts';

// The template of ArcFace at 112 px, widened to 116 and lowered by 8.
const onTemplate = (x: number, y: number): Point => ({
  x: (x * 116) / 112,
  y: (y * 116) / 112 + 8,
});
const TEMPLATE = {
  rightEye: onTemplate(38.2946, 51.6963),
  leftEye: onTemplate(73.5318, 51.5014),
  nose: onTemplate(56.0252, 71.7366),
  mouth: onTemplate(56.1396, 92.28475),
};
const NO_EARS = { rightEar: { x: 0, y: 0 }, leftEar: { x: 0, y: 0 } };

/** The template seen through a similarity. */
function moved(scale: number, angle: number, dx: number, dy: number): Landmarks {
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const move = ({ x, y }: Point) => ({ x: cos * x - sin * y + dx, y: sin * x + cos * y + dy });
  return {
    rightEye: move(TEMPLATE.rightEye),
    leftEye: move(TEMPLATE.leftEye),
    nose: move(TEMPLATE.nose),
    mouth: move(TEMPLATE.mouth),
    ...NO_EARS,
  };
}

describe('alignment', () => {
  it.each([
    [1, 0, 0, 0],
    [3.5, 0.7, 40, -12],
    [0.2, -2.5, 5, 300],
  ])('finds scale %f, angle %f, shift (%f, %f)', (scale, angle, dx, dy) => {
    const map = alignment(moved(scale, angle, dx, dy));
    expect(map.a).toBeCloseTo(scale * Math.cos(angle), 5);
    expect(map.d).toBeCloseTo(scale * Math.sin(angle), 5);
    expect(map.b).toBeCloseTo(-map.d, 9);
    expect(map.e).toBeCloseTo(map.a, 9);
    expect(map.c).toBeCloseTo(dx, 3);
    expect(map.f).toBeCloseTo(dy, 3);
  });

  it('fits best in the least-squares sense: any other similarity is worse', () => {
    const bent = moved(2, 0.3, 10, 20);
    const landmarks = { ...bent, nose: { x: bent.nose.x + 9, y: bent.nose.y - 4 } };
    const error = (m: ReturnType<typeof alignment>) =>
      (['rightEye', 'leftEye', 'nose', 'mouth'] as const)
        .map((name) => {
          const { x, y } = TEMPLATE[name];
          const dx = m.a * x + m.b * y + m.c - landmarks[name].x;
          const dy = m.d * x + m.e * y + m.f - landmarks[name].y;
          return dx * dx + dy * dy;
        })
        .reduce((a, b) => a + b);
    const best = alignment(landmarks);
    for (const step of [-0.01, 0.01]) {
      expect(error({ ...best, c: best.c + step })).toBeGreaterThan(error(best));
      expect(error({ ...best, f: best.f + step })).toBeGreaterThan(error(best));
      expect(error({ ...best, a: best.a + step, e: best.e + step })).toBeGreaterThan(error(best));
      expect(error({ ...best, d: best.d + step, b: best.b - step })).toBeGreaterThan(error(best));
    }
  });
});

describe('align', () => {
  it('puts a landmark where the template has it', () => {
    // One bright pixel at the tip of the nose, landmarks counted from the picture's corner.
    const [width, height] = [200, 200];
    const landmarks = moved(1, 0, 30.5, 20.5);
    const rgb = new Uint8Array(width * height * 3);
    const [x, y] = [Math.floor(landmarks.nose.x), Math.floor(landmarks.nose.y)];
    rgb.fill(255, (y * width + x) * 3, (y * width + x) * 3 + 3);
    const crop = align(new Pyramid({ width, height, rgb }), landmarks);
    expect(crop.length).toBe(3 * CROP_WIDTH * CROP_HEIGHT);
    const brightest = crop.indexOf(Math.max(...crop.subarray(0, CROP_WIDTH * CROP_HEIGHT)));
    expect(Math.abs((brightest % CROP_WIDTH) - TEMPLATE.nose.x)).toBeLessThanOrEqual(1);
    expect(Math.abs(Math.floor(brightest / CROP_WIDTH) - TEMPLATE.nose.y)).toBeLessThanOrEqual(1);
  });
});
