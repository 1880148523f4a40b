/** Head pose, from points of a face in three dimensions. */

/** Degrees. */
export interface HeadPose {
  /** Positive when turned to the person's own left. */
  readonly yaw: number;
  /** Positive when looking up. */
  readonly pitch: number;
  /** Positive when the head leans to the person's own left shoulder. */
  readonly roll: number;
}

/** x to the right of the picture, y down, z towards the viewer. */
export type Vector = readonly [x: number, y: number, z: number];

/**
 * Least volume of what the points span over the cube of its size, for there to be a rotation: those of
 * a mirrored face span a negative one, those of a flat one next to none. A face's is 0.08 to 0.11
 * (999 photos of CelebA).
 */
const LEAST_VOLUME = 0.01;

/** Three rows. */
type Matrix = readonly [Vector, Vector, Vector];

/**
 * MediaPipe's canonical face in centimetres, seen from the front, by vertex
 * (geometry_pipeline_metadata_landmarks.binarypb of the npm package `@mediapipe/face_mesh`).
 */
export const CANONICAL: ReadonlyMap<number, Vector> = new Map([
  [33, [-4.45, -2.66, 3.17]],
  [133, [-1.86, -2.59, 3.76]],
  [159, [-3.18, -2.96, 3.88]],
  [145, [-3.18, -2.29, 3.78]],
  [263, [4.45, -2.66, 3.17]],
  [362, [1.86, -2.59, 3.76]],
  [386, [3.18, -2.96, 3.88]],
  [374, [3.18, -2.29, 3.78]],
  [1, [0, 1.13, 7.48]],
  [61, [-2.46, 4.34, 4.28]],
  [291, [2.46, 4.34, 4.28]],
  [234, [-7.66, -0.67, -2.44]],
  [454, [7.66, -0.67, -2.44]],
]);

/**
 * Pitch, in degrees, of faces that look straight ahead, against the canonical face: so that the
 * median is nought over 999 photos of CelebA, as it nearly is for yaw (-0.8°) and roll (-0.2°).
 */
const LEVEL_PITCH = -5.8;

/**
 * The rotation that lays the canonical face over the points as nearly as can be, in the least-squares
 * sense (Kabsch 1976; scale and place drop out). Of heads rendered at known angles it finds 0.78 of
 * the yaw and 0.56 of the pitch (732 frames of 127 people of CelebA, against the frontal frame of
 * each; r = 0.96 and 0.92). The 33 vertices that MediaPipe fits the same face to did no better.
 *
 * @param points by vertex, all on one scale; those of CANONICAL
 * @returns undefined where the points are not those of a solid face
 */
export function estimateHeadPose(points: ReadonlyMap<number, Vector>): HeadPose | undefined {
  const vertices = [...CANONICAL.keys()];
  const from = centred(vertices.map((vertex) => CANONICAL.get(vertex) as Vector));
  const to = centred(
    vertices.map((vertex) => {
      const point = points.get(vertex);
      if (point === undefined) throw new Error(`no vertex ${vertex}`);
      return point;
    }),
  );
  const entry = (row: number, column: number) =>
    to.reduce((sum, q, i) => sum + at(q, row) * at(from[i] as Vector, column), 0);
  const rows = [0, 1, 2].map((row): Vector => [entry(row, 0), entry(row, 1), entry(row, 2)]);
  const [a, b, c] = rows as unknown as Matrix;
  const size = Math.hypot(...a, ...b, ...c);
  if (!(dot(a, cross(b, c)) > LEAST_VOLUME * size ** 3)) return undefined;
  const [x, y, z] = nearestRotation([a, b, c]);
  // The head's own axes in the picture: ear to ear tells the roll, what is ahead of it the rest.
  const roll = Math.atan2(y[0], x[0]);
  const across = x[2] * Math.cos(roll) + y[2] * Math.sin(roll);
  const down = y[2] * Math.cos(roll) - x[2] * Math.sin(roll);
  const yaw = degrees(Math.atan2(across, z[2]));
  return {
    yaw,
    pitch: degrees(Math.asin(Math.max(-1, Math.min(1, -down)))) - LEVEL_PITCH,
    roll: degrees(roll),
  };
}

const STEPS = 50;
const SETTLED = 1e-9;

/** The orthogonal factor of a matrix, by Newton's iteration (Higham 1986). */
function nearestRotation(matrix: Matrix): Matrix {
  let turn = matrix;
  for (let step = 0; step < STEPS; step++) {
    const [a, b, c] = turn;
    // Rows of the transposed inverse.
    const crossed = [cross(b, c), cross(c, a), cross(a, b)] as const;
    const volume = dot(a, crossed[0]);
    const size = Math.hypot(...a, ...b, ...c);
    const inverse = Math.hypot(...crossed.flat()) / Math.abs(volume);
    const scale = Math.sqrt(inverse / size); // so that far-off matrices come near at once
    const next = turn.map((row, i) =>
      row.map((value, k) => (scale * value + at(crossed[i] as Vector, k) / (scale * volume)) / 2),
    ) as unknown as Matrix;
    const change = Math.hypot(
      ...next.flatMap((row, i) => row.map((v, k) => v - at(turn[i] as Vector, k))),
    );
    turn = next;
    if (!(change > SETTLED)) break;
  }
  return turn;
}

function centred(points: readonly Vector[]): Vector[] {
  const middle = [0, 1, 2].map((k) => points.reduce((sum, p) => sum + at(p, k), 0) / points.length);
  return points.map(([x, y, z]) => [
    x - (middle[0] as number),
    y - (middle[1] as number),
    z - (middle[2] as number),
  ]);
}

const at = (vector: Vector, k: number) => vector[k] as number;
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const degrees = (angle: number) => (angle * 180) / Math.PI;
