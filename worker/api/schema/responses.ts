/**
 * What the routes answer. The Worker takes only the types; `npm run openapi` writes the schemas
 * into openapi.json, against which the tests hold every answer.
 */
import * as z from 'zod/mini';
import { LOGIN_ACTIONS, MAX_TEMPLATE_PICTURES } from '../../limits.ts';
import { ACTIONS } from '../../login/poses.ts';

const described = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.meta({ description })) as Schema;

const timestamp = () => described(z.iso.datetime(), 'RFC 3339, in UTC.');
const share = () => z.number().check(z.minimum(0), z.maximum(1));
const far = () => described(z.number().check(z.gt(0), z.lt(1)), 'False-accept rate.');
const pictures = () =>
  described(
    z.int().check(z.minimum(1), z.maximum(MAX_TEMPLATE_PICTURES)),
    'How many pictures the template is made of.',
  );
const token = (what: string) => described(z.string(), `${what}: opaque, a sealed token.`);

const enrolAgain = () =>
  described(
    z.boolean(),
    'True for a template of the former network (`MODEL_PREVIOUS`): it is good until it expires, or ' +
      'until that network is taken away. Enrol the person again before.',
  );

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
      faceWidth: described(z.number(), 'Pixels.'),
      sharpness: share(),
      exposure: described(share(), 'Mean brightness: 0 is black, 1 is white.'),
      yaw: described(
        z.number(),
        "Degrees, estimated; positive when turned to the person's own left. Less than the true " +
          'angle: 0.78 of it, of heads rendered at known angles.',
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

const verdict = {
  same: described(z.boolean(), '`distance` is at most `threshold`.'),
  distance: described(
    z.number().check(z.minimum(0), z.maximum(4)),
    'Squared L2 between the unit embeddings.',
  ),
  threshold: z.number(),
  far: far(),
  score: described(
    z.number().check(z.minimum(0)),
    '-log10 of the false-accept rate at this distance; capped at the rarest calibrated rate. Not ' +
      'a probability that the pictures show one person.',
  ),
  model: z.string(),
  probe: FaceReport,
};

export const Verification = z.strictObject({ ...verdict, reference: FaceReport });
export type Verification = z.infer<typeof Verification>;

export const TemplateVerification = described(
  z.strictObject({
    ...verdict,
    reference: z.strictObject({
      pictures: pictures(),
      issuedAt: timestamp(),
      expiresAt: timestamp(),
      enrolAgain: enrolAgain(),
    }),
  }),
  'Against a template: of the reference there is no picture to report on.',
);
export type TemplateVerification = z.infer<typeof TemplateVerification>;

export const Enrolment = z.strictObject({
  template: token('The template'),
  subject: z.string(),
  model: described(z.string(), 'The network that made it: only this one can use it.'),
  pictures: pictures(),
  issuedAt: timestamp(),
  expiresAt: timestamp(),
  images: described(z.array(FaceReport), 'Of each picture, in their order.'),
});
/** As routes make it: with lists that nobody may change. */
export type Enrolment = Omit<z.infer<typeof Enrolment>, 'images'> & {
  readonly images: readonly FaceReport[];
};

export const Challenge = z.strictObject({
  id: z.uuid(),
  challenge: token('The challenge itself'),
  actions: described(
    z.array(z.enum(ACTIONS)).check(z.length(LOGIN_ACTIONS)),
    "Head poses, in order. Directions are the person's own; frames are not mirrored.",
  ),
  expiresAt: timestamp(),
  far: far(),
});
export type Challenge = Omit<z.infer<typeof Challenge>, 'actions'> & {
  readonly actions: readonly (typeof ACTIONS)[number][];
};

export const LoginAnswer = z.strictObject({
  assertion: described(
    z.string(),
    'A JWT signed with ES256, `typ` `visavis-assertion+jwt`, for the relying party to check ' +
      'against `/.well-known/jwks.json`.',
  ),
  expiresAt: timestamp(),
});
export type LoginAnswer = z.infer<typeof LoginAnswer>;

export const AttemptsReport = z.strictObject({
  subject: z.string(),
  failures: described(
    z.int().check(z.minimum(0)),
    'Consecutive ones, a login that is under way among them.',
  ),
  delayedUntil: z.nullable(timestamp()),
  locked: described(z.boolean(), 'Every login is refused until the attempts are reset.'),
});

const rates = described(
  z.array(z.object({ far: far(), threshold: z.number(), val: share() })),
  'Rarest last.',
);

const sha256 = () => z.string().check(z.regex(/^[0-9a-f]{64}$/));

const weights = {
  name: z.string(),
  sha256: described(sha256(), 'Of the weights as deployed.'),
  detectorSha256: described(sha256(), 'Of what faces are found by.'),
  landmarkerSha256: described(sha256(), 'Of what gives the points that faces are cut out by.'),
  input: described(
    z.object({ width: z.int(), height: z.int() }),
    'Pixels of the crop that the network reads.',
  ),
  dimension: described(z.int(), 'Of an embedding.'),
};

export const Model = z.object({
  ...weights,
  id: described(z.string(), 'Of templates: only those with this id can be used.'),
  calibration: z.object({
    rates,
    templates: described(
      z.array(z.object({ pictures: pictures(), rates })),
      'Of templates made of so many pictures, against one picture.',
    ),
  }),
});
export type Model = z.infer<typeof Model>;

export const ModelCard = z.object({
  ...weights,
  calibration: described(
    z.unknown(),
    'As `npm run tool -- calibrate` measured it, with intervals.',
  ),
  accuracy: described(z.unknown(), 'As `npm run tool -- card` measured it.'),
});

export const Health = z.strictObject({ status: z.literal('ok') });

export const Jwks = described(
  z.strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('ES256'),
      }),
    ),
  }),
  'The public keys of assertions (RFC 7517). The first one signs, all are valid.',
);
