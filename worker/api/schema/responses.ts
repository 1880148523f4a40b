/**
 * Answers of the routes. The Worker takes only the types; `npm run openapi` writes the schemas
 * into openapi.json, against which the tests hold every answer.
 */
import * as z from 'zod/mini';
import { BASES } from '../../face/identification.ts';
import type { FloorFailure } from '../../face/reliability.ts';
import { LOGIN_ACTIONS, MAX_FACES, MAX_TEMPLATE_PICTURES } from '../../limits.ts';
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
      burntOut: described(share(), 'Share of the face that is white in every channel.'),
      mouthCovered: described(share(), 'Probability of a mask, or the like, over mouth and nose.'),
      eyesCovered: described(share(), 'Probability of sunglasses, or the like.'),
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

const distance = () =>
  described(
    z.number().check(z.minimum(0), z.maximum(4)),
    'Squared L2 between the unit embeddings.',
  );

const verdict = {
  same: described(z.boolean(), '`distance` is at most `threshold`.'),
  distance: distance(),
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

const kind = <Kind extends string>(kind: Kind) =>
  described(z.literal(kind), 'What the probe was compared with: tells the two answers apart.');

const FLOOR_FAILURES = [
  'too_dark',
  'too_bright',
  'blurred',
  'mouth_covered',
  'eyes_covered',
] as const satisfies readonly FloorFailure[];
const failures = () => z.optional(z.readonly(z.array(z.enum(FLOOR_FAILURES))));

const undecided = {
  distance: distance(),
  reasons: described(
    z.strictObject({ reference: failures(), probe: failures() }),
    'Why nothing is decided, by picture; a picture that is good enough is absent.',
  ),
  model: z.string(),
  probe: FaceReport,
};

export const Verification = z.strictObject({
  kind: kind('picture'),
  ...verdict,
  reference: FaceReport,
});
export type Verification = z.infer<typeof Verification>;

export const Undecided = described(
  z.strictObject({ kind: kind('picture'), ...undecided, reference: FaceReport }),
  'Where `quality` is `report` and a picture is below the floor: the distance decides nothing.',
);
export type Undecided = z.infer<typeof Undecided>;

const template = () =>
  z.strictObject({
    pictures: pictures(),
    issuedAt: timestamp(),
    expiresAt: timestamp(),
    enrolAgain: enrolAgain(),
  });

export const TemplateVerification = described(
  z.strictObject({ kind: kind('template'), ...verdict, reference: template() }),
  'Against a template: of the reference there is no picture to report on.',
);
export type TemplateVerification = z.infer<typeof TemplateVerification>;

export const TemplateUndecided = described(
  z.strictObject({ kind: kind('template'), ...undecided, reference: template() }),
  'The same against a template.',
);
export type TemplateUndecided = z.infer<typeof TemplateUndecided>;

export const Enrolment = z.strictObject({
  template: token('The template'),
  subject: z.string(),
  model: described(z.string(), 'The network that made it: only this one can use it.'),
  pictures: pictures(),
  issuedAt: timestamp(),
  expiresAt: timestamp(),
  images: described(z.array(FaceReport), 'Of each picture, in their order.'),
  largestDistance: described(
    z.nullable(z.number().check(z.minimum(0), z.maximum(4))),
    'Squared L2 between the two pictures that are least alike; null where there is one.',
  ),
});
/** An answer as routes make it: with lists that nobody may change. */
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

const fpir = () =>
  described(z.number().check(z.gt(0), z.lt(1)), 'False-positive identification rate of a search.');

const Candidate = z.strictObject({
  subject: z.string(),
  distance: described(
    z.number().check(z.minimum(0), z.maximum(4)),
    'Squared L2 to the nearest of its templates.',
  ),
  threshold: described(z.number(), 'For templates of so many pictures, among so many.'),
  match: described(z.boolean(), '`distance` is at most `threshold`.'),
  pictures: pictures(),
});

export const Identification = described(
  z.strictObject({
    faces: described(
      z.array(
        z.strictObject({
          subject: described(z.nullable(z.string()), 'Who it is; null is *unknown*.'),
          candidates: described(z.array(Candidate), 'Nearest first, each subject once.'),
          face: FaceReport,
        }),
      ),
      `One; with \`faces=all\` up to ${MAX_FACES}, the largest first. Each is a search of its own.`,
    ),
    fpir: fpir(),
    basis: described(
      z.enum(BASES),
      'Where the threshold comes from. `measured`: from galleries of this size. `interpolated`: ' +
        'between two sizes, linear in the logarithm of the size. `extrapolated`: beyond the ' +
        'largest, as if comparisons were independent, FPIR = 1 - (1 - FAR)^N.',
    ),
    templates: described(z.int(), 'How many each face was compared with.'),
    subjects: z.int(),
    outdated: described(
      z.int(),
      'Subjects whose templates are all of other networks: not compared, to be enrolled anew.',
    ),
    model: z.string(),
  }),
  'Who is it? The largest distance that still names somebody hangs on how many there are.',
);
export type Identification = z.infer<typeof Identification>;

export const Clusters = described(
  z.strictObject({
    faces: described(
      z.array(
        z.strictObject({
          image: described(z.int(), 'Which picture, from 0.'),
          group: described(z.nullable(z.int()), 'From 0; null for a face that is like no other.'),
          face: FaceReport,
        }),
      ),
      'Every face, in the order of the pictures, of each the largest first.',
    ),
    groups: described(z.int(), 'How many there are.'),
    refused: described(
      z.array(z.strictObject({ image: z.int(), code: z.string() })),
      'Pictures without a face that could be used, and why.',
    ),
    far: far(),
    threshold: described(z.number(), 'Mean squared L2 distance up to which groups are joined.'),
    model: z.string(),
  }),
  'Which faces belong together: average linkage, up to the threshold of a false-accept rate.',
);
export type Clusters = z.infer<typeof Clusters>;

export const GallerySubject = z.strictObject({
  subject: z.string(),
  enrolledAt: timestamp(),
  templates: z.array(z.strictObject({ model: z.string(), pictures: pictures() })),
  outdated: described(z.boolean(), 'No template is of the network that serves: enrol anew.'),
});
export type GallerySubject = z.infer<typeof GallerySubject>;

const cursor = () => described(z.nullable(z.string()), 'For the next page; null after the last.');

export const GallerySubjects = z.strictObject({
  subjects: z.array(GallerySubject),
  cursor: cursor(),
});
export type GallerySubjects = z.infer<typeof GallerySubjects>;

export const GalleryReport = z.strictObject({
  gallery: z.string(),
  subjects: z.int(),
  templates: described(z.int(), 'Of the network that serves.'),
  outdated: described(z.int(), 'Subjects to be enrolled anew: their templates are of others.'),
  model: z.string(),
});
export type GalleryReport = z.infer<typeof GalleryReport>;

export const GalleryPage = z.strictObject({
  page: token('Some of its subjects and templates'),
  subjects: z.int(),
  cursor: cursor(),
});
export type GalleryPage = z.infer<typeof GalleryPage>;

export const GalleryImport = z.strictObject({ subjects: z.int() });
export type GalleryImport = z.infer<typeof GalleryImport>;

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
    fpirs: described(
      z.array(z.number()),
      'False-positive identification rates that searches can be asked for, rarest last.',
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

export const Ready = z.strictObject({ status: z.literal('ready') });

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
