/**
 * Second look for a face in profile, where no other face was found. Face Mesh was trained on faces that
 * look at the camera and takes few profiles for faces: here the detector decides, and where it sees the
 * nose. `npm run tool -- yaw` measures it.
 */
import type { Pyramid } from '../../image/pyramid.ts';
import { type FaceMeshResult, fitMesh } from '../alignment/facemesh.ts';
import type { Face, Region } from '../alignment/geometry.ts';
import type { HeadPose } from '../alignment/head-pose.ts';
import type { Networks } from './confirm.ts';
import { average, isSameFace, scan } from './detect.ts';

/**
 * Least yaw that a face in profile is given, in degrees: the views tell that the head is turned by about
 * 60 to 90 degrees and hardly how far. Face Mesh gives no other face as much.
 */
export const PROFILE_YAW = 70;

/** Distance of the eyes over the width of the box, seen from the front. */
const FRONTAL_EYE_DISTANCE = 0.4;

/**
 * Evidence for a profile: the views' mean confidence, the distance of the nose from the middle of the eyes and
 * that of the eyes, over the box's width, and the degrees by which Face Mesh sees the head turned to where
 * the nose points. Weights and limit were chosen on CelebA's odd identities at 60 degrees and more, where 24
 * of the 26 faces that had been missed pass, and on 389 pictures of cats and dogs, of which one does.
 */
const WEIGHTS = { confidence: 1, nose: 0.8, eyes: -0.5, yaw: 0.006 } as const;
const MIN_EVIDENCE = 0.9;
const MIN_YAW = 25;

/** Yaw that Face Mesh never gives more than: without so much left to reach, it need not be asked. */
const MAX_FACE_MESH_YAW = 66;

/** Candidates that are looked at, the surest. */
const MAX_CANDIDATES = 3;

/** Side of a wide view over the picture's longer side: what fills the picture is seen better so. */
export const WIDE = 1.6;

/** Side of a view over the face's box: the detector knows a profile by the whole head. */
const VIEW_SCALE = 3.2;

/** Turns of the views, in radians. A head in profile has no line of eyes to be set upright by. */
const VIEW_ANGLES = [-0.2, 0.2] as const;

/** Confidence from which up a view shows it, and how many of the four have to. */
const MIN_VIEW_CONFIDENCE = 0.3;
const MIN_VIEWS = 3;

/** Sides of what Face Mesh is shown, over the face's box. */
const MESH_SCALES = [1.5, 1.8] as const;

/** Tells a face that was found in profile. */
export function isInProfile({ orientation }: FaceMeshResult): boolean {
  return Math.abs(orientation.yaw) >= PROFILE_YAW;
}

/**
 * Looks for one face in profile.
 *
 * @param candidates what the detector saw and was not confirmed
 * @returns the first that passes, the surest candidates first
 */
export async function findProfile(
  networks: Networks,
  picture: Pyramid,
  candidates: readonly Face[],
): Promise<FaceMeshResult | undefined> {
  const tried: Face[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.confidence - a.confidence)) {
    if (tried.length === MAX_CANDIDATES) break;
    if (tried.some((other) => isSameFace(other, candidate))) continue;
    tried.push(candidate);
    const face = await viewProfile(networks, picture, candidate);
    if (face === undefined) continue;
    if (evidence(face, MAX_FACE_MESH_YAW) < MIN_EVIDENCE) continue;
    const posed = await poseProfile(networks, picture, face);
    if (posed !== undefined) return posed;
  }
  return undefined;
}

/** The face as the mean of four views; undefined where too few of them show it. */
async function viewProfile(
  { detector }: Networks,
  picture: Pyramid,
  candidate: Face,
): Promise<Face | undefined> {
  const views: Face[] = [];
  let left = 2 * VIEW_ANGLES.length;
  for (const mirrored of [false, true]) {
    for (const angle of VIEW_ANGLES) {
      // Early end, as soon as too few views can show it: pictures without a face are many.
      if (views.length + left-- < MIN_VIEWS) return undefined;
      const region: Region = { ...squareAround(candidate, VIEW_SCALE), angle, mirrored };
      const seen = await scan(detector, picture, [region], MIN_VIEW_CONFIDENCE);
      const same = seen.find((face) => isSameFace(face, candidate));
      if (same !== undefined) views.push(same);
    }
  }
  if (views.length < MIN_VIEWS) return undefined;
  const total = views.reduce((sum, { confidence }) => sum + confidence, 0);
  return average(views, total / (2 * VIEW_ANGLES.length));
}

/** Pose of a face in profile; undefined where Face Mesh says that it looks elsewhere. */
async function poseProfile(
  { landmarker }: Networks,
  picture: Pyramid,
  face: Face,
): Promise<FaceMeshResult | undefined> {
  const poses: HeadPose[] = [];
  for (const scale of MESH_SCALES) {
    for (const mirrored of [false, true]) {
      const region = { ...squareAround(face, scale), mirrored };
      const { orientation } = await fitMesh(landmarker, picture, region);
      if (orientation !== undefined) poses.push(orientation);
    }
  }
  if (poses.length === 0) return undefined;
  const mean = (of: (pose: HeadPose) => number) =>
    poses.reduce((sum, pose) => sum + of(pose), 0) / poses.length;
  const { eyes, nose } = proportions(face);
  const side = Math.sign(nose);
  const yaw = mean((pose) => pose.yaw) * side;
  if (yaw < MIN_YAW || evidence(face, yaw) < MIN_EVIDENCE) return undefined;
  const foreshortened = (Math.acos(Math.min(1, eyes / FRONTAL_EYE_DISTANCE)) * 180) / Math.PI;
  return {
    ...face,
    orientation: {
      yaw: side * Math.max(PROFILE_YAW, foreshortened),
      pitch: mean(({ pitch }) => pitch),
      roll: mean(({ roll }) => roll),
    },
  };
}

/** @param yaw by Face Mesh, in degrees towards where the nose points */
function evidence(face: Face, yaw: number): number {
  const { eyes, nose } = proportions(face);
  return (
    WEIGHTS.confidence * face.confidence +
    WEIGHTS.nose * Math.abs(nose) +
    WEIGHTS.eyes * eyes +
    WEIGHTS.yaw * yaw
  );
}

function squareAround({ box: { x, y, width, height } }: Face, scale: number): Region {
  return { x: x + width / 2, y: y + height / 2, side: scale * Math.max(width, height) };
}

/** Distance of the eyes, and of the nose to their middle (to the right of the picture), over the box. */
function proportions({ box: { width }, landmarks: { leftEye, rightEye, nose } }: Face) {
  return {
    eyes: Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y) / width,
    nose: (nose.x - (leftEye.x + rightEye.x) / 2) / width,
  };
}
