import { describe, expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import type { Network } from '../../worker/face/network.ts';
import { detectAndAlignFrame } from '../../worker/login/frame.ts';
import { codecs } from '../support/codecs.ts';
import { finder } from '../support/engine.ts';
import { GROUPS } from '../support/pictures.ts';
import { shoot } from '../support/posed.ts';

/** A detection, in pixels of the detector's input of 128 x 128. */
interface Seen {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly confidence: number;
}

const ANCHORS = 896;

/** A detector that answers these, one list a run; the points are where those of a face would be. */
function detector(...runs: readonly (readonly Seen[])[]): Network {
  const left = [...runs];
  return {
    async run() {
      const boxes = new Float32Array(ANCHORS * 16);
      const scores = new Float32Array(ANCHORS).fill(-20);
      for (const [i, { x, y, width, confidence }] of (left.shift() ?? []).entries()) {
        // The first anchors lie at (4, 4): two a cell of the 16 x 16 grid.
        const at = (dx: number, dy: number) => [x + dx * width - 4, y + dy * width - 4];
        const points = [
          [-0.2, -0.2],
          [0.2, -0.2],
          [0, 0],
          [0, 0.25],
          [-0.5, -0.1],
          [0.5, -0.1],
        ].flatMap(([dx, dy]) => at(dx as number, dy as number));
        boxes.set([...at(0, 0), width, width, ...points], i * 16);
        scores[i] = Math.log(confidence / (1 - confidence));
      }
      return { boxes, scores };
    },
  };
}

/** The face as the close-up at 1.8 times its box shows it. */
const CONFIRMED: Seen = { x: 64, y: 64, width: 128 / 1.8, confidence: 0.95 };

const deployed = { codecs, ...(await finder()) };
const picture = shoot({});

/** The landmarker, but that it sees a face, or none, in one look after another; then faces. */
function landmarker(...seen: readonly boolean[]): Network {
  const left = [...seen];
  return {
    async run(input) {
      const outputs = await deployed.landmarker.run(input);
      return { ...outputs, face: Float32Array.of((left.shift() ?? true) ? 9 : -9) };
    },
  };
}

const boxOf = async (network: Network, ...seen: readonly boolean[]) => {
  const stubs = { detector: network, landmarker: landmarker(...seen) };
  return (await detectAndAlignFrame({ ...deployed, ...stubs }, picture)).report.box;
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Refusal ? error.failure.code : error),
  );

describe('detectAndAlignFrame', () => {
  const face: Seen = { x: 40, y: 60, width: 30, confidence: 0.9 };
  const chance: Seen = { x: 85, y: 60, width: 60, confidence: 0.6 };

  it('does not let what a close-up does not confirm be the largest face', async () => {
    const { x, width } = await boxOf(detector([face, chance], [CONFIRMED], []));
    expect(width).toBeCloseTo(150, -1); // 30 of 128, in a frame of 640
    expect(x + width / 2).toBeCloseTo(200, -1);
  });

  it('nor what the landmarker does not take for a face', async () => {
    const two = () => detector([face, chance], [CONFIRMED], [CONFIRMED]);
    expect((await boxOf(two(), true, false)).width).toBeCloseTo(150, -1);
    expect((await boxOf(two(), true, true)).width).toBeCloseTo(300, -1);
    expect(await codeOf(boxOf(two(), false, false))).toBe('no_face');
  });

  it('refuses where it is not clear who is meant', async () => {
    const rival: Seen = { ...face, x: 30, width: 45 }; // of 60: over half the area
    const two = detector([rival, chance], [CONFIRMED], [CONFIRMED]);
    expect(await codeOf(boxOf(two))).toBe('multiple_faces');
    const group = GROUPS[0]?.picture as Uint8Array;
    expect(await codeOf(detectAndAlignFrame(deployed, group))).toBe('multiple_faces');
  });

  it('does not mind a much smaller second face', async () => {
    const small: Seen = { ...face, width: 20 };
    const { width } = await boxOf(detector([chance, small], [CONFIRMED], [CONFIRMED]));
    expect(width).toBeGreaterThan(250);
  });

  it('refuses a frame without a face, or with none that is sure', async () => {
    expect(await codeOf(boxOf(detector([])))).toBe('no_face');
    const unsure = { ...CONFIRMED, confidence: 0.45 }; // as its mirror image finds it, too
    expect(await codeOf(boxOf(detector([face], [unsure], [unsure])))).toBe('no_face');
  });

  it('tells where a head turns to', async () => {
    const yaw = async (degrees: number) =>
      (await detectAndAlignFrame(deployed, shoot({ yaw: degrees }))).report.quality.yaw;
    const [left, straight, right] = [await yaw(26), await yaw(0), await yaw(-26)];
    expect(left - straight).toBeGreaterThan(14);
    expect(right - straight).toBeLessThan(-14);
  });
});
