/**
 * Networks that have learnt more than we can teach from scratch: what ours are distilled from.
 * Each is fed from our own crop, so that it sees what its student will see.
 */
export interface Teacher {
  /** Side of its square input, in pixels. */
  readonly size: number;
  /** The part of our 116 x 140 crop that is its input: the upper left corner and the side. */
  readonly region: { readonly x: number; readonly y: number; readonly side: number };
  /** Per channel, on 0..255: its input is (pixel - mean) / deviation. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  readonly dimension: number;
  /** Where it comes from and on what terms. */
  readonly source: string;
}

export const TEACHERS: Readonly<Record<string, Teacher>> = {
  /** Trained on ArcFace crops of 112 px: our template is theirs, widened to 116, 8 px lower. */
  mobilefacenet: {
    size: 112,
    region: { x: 0, y: 8, side: 116 },
    mean: [123.675, 116.28, 103.53],
    deviation: [58.395, 57.12, 57.375],
    dimension: 128,
    source: 'https://github.com/foamliu/MobileFaceNet, weights/MobileFaceNet.onnx, Apache-2.0',
  },
  /**
   * dlib's crop of 150 px has the eyes 52.93 apart at y 46.6; ours has them 36.5 apart at 61.4.
   * Fitting nose and mouth as well (side 108) did no better on the choosing set: VAL at FAR 1e-3
   * 0.77 against 0.79, without the mirror image.
   */
  dlib: {
    size: 150,
    region: { x: 6.25, y: 29.3, side: 103.5 },
    mean: [122.782, 117.001, 104.298],
    deviation: [256, 256, 256],
    dimension: 128,
    source: 'npm @vladmandic/face-api, model/face_recognition_model, CC0 by its author',
  },
};
