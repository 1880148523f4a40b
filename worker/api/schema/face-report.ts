/** A face, as answers report it. */
import * as z from 'zod/mini';
import { described, share } from './answers.ts';

const Point = z.strictObject({ x: z.number(), y: z.number() });

export const FaceReport = described(
  z.strictObject({
    box: z.strictObject({
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
    }),
    confidence: described(share(), "The detector's own."),
    landmarks: described(
      z.strictObject({
        rightEye: Point,
        leftEye: Point,
        nose: Point,
        mouth: Point,
        rightEar: Point,
        leftEar: Point,
      }),
      "Left and right are the person's own.",
    ),
    quality: z.strictObject({
      reliability: described(
        share(),
        'Share of ordinary pictures of the same person that one taken like this is expected to match ' +
          'at a false-accept rate of 1e-3.',
      ),
      faceWidth: described(z.number(), 'Pixels.'),
      sharpness: share(),
      exposure: described(share(), 'Mean brightness: 0 is black, 1 is white.'),
      burntOut: described(share(), 'Share of the face that is white in every channel.'),
      noise: described(z.number(), "Deviation of the noise of the face's crop, in grey levels."),
      mouthCovered: described(share(), 'Probability of a mask, or the like, over mouth and nose.'),
      eyesCovered: described(share(), 'Probability of sunglasses, or the like.'),
      yaw: described(
        z.number(),
        "Degrees, estimated; positive when turned to the person's own left. Less than the true " +
          'angle: 0.78 of it, of heads rendered at known angles. A face in profile is given 70 to 90, ' +
          'whatever it is turned by.',
      ),
      pitch: described(
        z.number(),
        'Degrees, estimated; positive when looking up. Less than the true angle: 0.56 of it, of ' +
          'heads rendered at known angles.',
      ),
      roll: described(
        z.number(),
        "Degrees, estimated; positive when leaning to the person's own left.",
      ),
    }),
  }),
  'A face in a picture, in pixels of the upright picture.',
);

export type FaceReport = z.infer<typeof FaceReport>;
