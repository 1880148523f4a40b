import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../worker/errors.ts';
import {
  choose,
  FACE_POLICIES,
  largestFirst,
  matters,
  visibleArea,
  wantedWidth,
} from '../../../worker/face/detection/policy.ts';

const SIZE = { width: 300, height: 200 };
const at = (x: number, y: number, width: number, height = width) => ({
  box: { x, y, width, height },
});

describe('a face in the picture', () => {
  it('counts as far as it lies in it', () => {
    expect(visibleArea(at(10, 10, 100, 50), SIZE)).toBe(5000);
    expect(visibleArea(at(-40, 10, 100, 50), SIZE)).toBe(3000);
    expect(visibleArea(at(275, 180, 100, 50), SIZE)).toBe(500);
    expect(visibleArea(at(10, -60, 100, 50), SIZE)).toBe(0);
  });

  it('is larger whole than a wider one that is cut off', () => {
    const [cut, whole] = [at(-80, 40, 120), at(100, 40, 80)];
    expect(largestFirst([cut, whole], SIZE)).toEqual([whole, cut]);
    expect(largestFirst([at(0, 40, 120), whole], SIZE)[1]).toBe(whole);
  });
});

describe('choose', () => {
  const codes = (...faces: ReturnType<typeof at>[]) =>
    FACE_POLICIES.map((policy) => {
      try {
        return faces.indexOf(choose(faces, policy, SIZE));
      } catch (error) {
        return (error as Refusal).failure.code;
      }
    });

  it('applies dominant, one and largest', () => {
    expect(codes(at(0, 0, 100))).toEqual([0, 0, 0]);
    expect(codes(at(0, 0, 100), at(150, 0, 70))).toEqual([0, 'multiple_faces', 0]); // 0.49
    expect(codes(at(0, 0, 100), at(150, 0, 72))).toEqual(['multiple_faces', 'multiple_faces', 0]);
    expect(codes()).toEqual(['no_face', 'no_face', 'no_face']);
  });

  it('has no rival in one whom the edge cuts off', () => {
    expect(codes(at(0, 0, 100), at(260, 0, 90))).toEqual([0, 'multiple_faces', 0]);
  });

  it.each([
    ['whole', at(50, 50, 100)],
    ['cut off by the edge', at(-60, 50, 150)],
  ])('asks for every face that would change the choice: largest %s', (_, largest) => {
    for (const policy of FACE_POLICIES) {
      const width = wantedWidth([largest], policy, SIZE);
      const chosen = (other: number) => {
        try {
          return choose(largestFirst([largest, at(170, 20, other)], SIZE), policy, SIZE);
        } catch (error) {
          return error instanceof Refusal && error.failure.code;
        }
      };
      if (policy === 'one') expect(width).toBe(0);
      else expect(chosen(width - 1)).toBe(largest);
      expect(chosen(width + 1)).not.toBe(largest);
    }
    expect(wantedWidth([], 'largest', SIZE)).toBe(0);
  });
});

describe('matters', () => {
  const [large, rival, small] = [at(0, 0, 100), at(150, 0, 90), at(150, 0, 40)];
  const seen = (width: number) => at(0, 110, width, width / 2);

  it('every face where all are wanted, and the first in any case', () => {
    expect(matters(seen(2), [large, rival], 'all', SIZE)).toBe(true);
    for (const policy of FACE_POLICIES) expect(matters(seen(2), [], policy, SIZE)).toBe(true);
  });

  it('only what could still change the choice', () => {
    expect(matters(seen(2), [large], 'one', SIZE)).toBe(true);
    expect(matters(seen(150), [large, small], 'one', SIZE)).toBe(false);
    // Areas of 10,000 and, of what is seen, half its width squared; it may grow by a half.
    expect(matters(seen(120), [large, small], 'largest', SIZE)).toBe(true);
    expect(matters(seen(110), [large, small], 'largest', SIZE)).toBe(false);
    expect(matters(seen(84), [large, small], 'dominant', SIZE)).toBe(true);
    expect(matters(seen(78), [large, small], 'dominant', SIZE)).toBe(false);
  });

  it('beside two rivals only one so large that they are none', () => {
    expect(matters(seen(150), [large, rival], 'dominant', SIZE)).toBe(false);
    expect(matters(seen(168), [large, rival], 'dominant', SIZE)).toBe(true);
    expect(wantedWidth([large, rival], 'dominant', SIZE)).toBeCloseTo(141.4, 1);
    expect(wantedWidth([large, small], 'one', SIZE)).toBe(Number.POSITIVE_INFINITY);
  });
});
