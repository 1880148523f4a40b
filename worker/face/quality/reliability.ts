/**
 * Reliability of a picture: how far its embedding can be trusted, told by the conditions it was taken in.
 *
 * Logistic regression on what is measured of a face anyway; `npm run tool -- reliability` fitted it, on the people
 * that limits are chosen on, to the shares of genuine pairs that the networks accept. Error-versus-discard
 * curves are how ISO/IEC 29794-1 judges such a measure.
 */
import fitted from '../../../model/reliability.json';
import type { HeadPose } from '../alignment/head-pose.ts';

/** Conditions that a face was taken in. */
export interface Conditions extends HeadPose {
  /** Width of the face's box in pixels of the picture at full size. */
  readonly faceWidth: number;
  /** 0 (smooth) to 1: how much fine detail the crop shows. */
  readonly sharpness: number;
  /** Mean brightness of the face, 0 (black) to 1 (white). */
  readonly exposure: number;
  /** Share of the face that is white in every channel, burnt out: 0 to 1. */
  readonly burntOut: number;
  /** Deviation of the crop's noise, in grey levels of 0 to 255. */
  readonly noise: number;
  /** Probability that mouth and nose are covered, as by a medical mask: 0 to 1. */
  readonly mouthCovered: number;
  /** Probability that the eyes are covered, as by sunglasses: 0 to 1. */
  readonly eyesCovered: number;
}

/** Width of a face from which up more pixels tell no more: the crop is smaller. */
const ENOUGH_PIXELS = 200;
/** Turn that no more is made of: past it all that matters is lost. */
const MOST_YAW = 70;

/** A quarter turn, in degrees. */
const QUARTER = 90;

/** Features of the regression, each of about unit spread. */
export function reliabilityFeatures(of: Conditions): Float32Array {
  const brightness = 4 * (of.exposure - 0.5);
  const { abs, log, min } = Math;
  return Float32Array.of(
    2 * log(min(of.faceWidth, ENOUGH_PIXELS) / 100),
    log(of.sharpness + 0.01),
    brightness,
    brightness ** 2,
    of.noise / 2,
    (min(abs(of.yaw), MOST_YAW) / 30) ** 2,
    of.pitch / 10,
    (of.pitch / 20) ** 2,
    leaning(of.roll) / 10,
    of.mouthCovered,
    of.eyesCovered,
  );
}

/**
 * Degrees, 0 to 45, by which a head leans in a picture set upright. Past them it is the picture that lies on its side
 * or its head, as a scan or a photo without EXIF does, and the crop is turned upright all the same.
 */
function leaning(roll: number): number {
  return Math.abs(roll - QUARTER * Math.round(roll / QUARTER));
}

/** A fitted regression: a weight for each feature. */
export interface Regression {
  readonly bias: number;
  readonly weights: readonly number[];
}

/**
 * @param regression by itself the one that is deployed
 * @returns the share, 0 to 1, of ordinary pictures of the same person that such a picture is
 *   expected to match at a false-accept rate of 1e-3
 */
export function reliability(of: Conditions, { bias, weights }: Regression = fitted): number {
  const sum = reliabilityFeatures(of).reduce(
    (total, feature, i) => total + feature * (weights[i] as number),
    bias,
  );
  return 1 / (1 + Math.exp(-sum));
}
