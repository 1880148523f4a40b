/** Yaw of a face by FSA-Net (doi:10.1109/CVPR.2019.00118), at a place that is known beforehand. */
import { regionMap } from '../../worker/face/alignment/geometry.ts';
import type { Network } from '../../worker/face/network.ts';
import type { Pyramid } from '../../worker/image/pyramid.ts';

/** Square that holds the face: its middle in shares of width and height, its side in widths. */
export interface FacePlace {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

export interface YawEstimate {
  /** Degrees, positive when turned to the person's own left. */
  readonly yaw: number;
  /** Largest difference between the estimates, in degrees: a large one is no label. */
  readonly spread: number;
}

/** Side of the network's input, in pixels, and the values it takes. */
const INPUT = 64;
const VALUES = { scale: 1 / 128, offset: -127.5 / 128 };

/** Degrees from which up the face is looked at again where a turned one is: towards the back of the head. */
const TURNED = 40;
const SIDES = [0.92, 1.1] as const;
const SHIFTS = [0.1, 0.2, 0.3] as const;

/** The median estimate of a face; one that is turned is looked at six times more. */
export async function estimateYaw(
  networks: readonly Network[],
  picture: Pyramid,
  face: FacePlace,
): Promise<YawEstimate> {
  const at = (shift: number, scale: number) => {
    const side = face.side * scale * picture.width;
    return estimate(networks, picture, {
      x: face.x * picture.width + shift * side,
      y: face.y * picture.height,
      side,
    });
  };
  const first = await at(0, 1);
  const estimates: number[] = [];
  if (Math.abs(first) < TURNED) estimates.push(first);
  else {
    for (const scale of SIDES) {
      // One turned to the own left shows the back of the head at the picture's left.
      for (const shift of SHIFTS) estimates.push(await at(-Math.sign(first) * shift, scale));
    }
  }
  estimates.sort((a, b) => a - b);
  const [low, high] = [estimates[(estimates.length - 1) >> 1], estimates[estimates.length >> 1]];
  const spread = (estimates.at(-1) as number) - (estimates[0] as number);
  return { yaw: round(((low as number) + (high as number)) / 2), spread: round(spread) };
}

/** Mean of both networks over the face and its mirror image; own left is positive. */
async function estimate(
  networks: readonly Network[],
  picture: Pyramid,
  square: { readonly x: number; readonly y: number; readonly side: number },
): Promise<number> {
  let sum = 0;
  for (const mirrored of [false, true]) {
    const rgb = picture.view(regionMap({ ...square, mirrored }, INPUT), INPUT, INPUT, VALUES);
    const plane = INPUT * INPUT;
    const data = new Float32Array(3 * plane); // the networks take BGR
    for (const c of [0, 1, 2]) data.set(rgb.subarray(c * plane, (c + 1) * plane), (2 - c) * plane);
    for (const network of networks) {
      const { output } = await network.run({ data, shape: [1, 3, INPUT, INPUT] });
      const [yaw] = output ?? [];
      if (yaw === undefined) throw new Error('not an FSA-Net model');
      sum += mirrored ? yaw : -yaw;
    }
  }
  return sum / (2 * networks.length);
}

function round(degrees: number): number {
  return Math.round(degrees * 10) / 10;
}
