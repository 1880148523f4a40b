/** Answers of `POST /v1/verify`, and the documentation. */

import * as z from 'zod/mini';
import { FLOOR_FAILURES } from '../face/quality/quality-floor.ts';
import { described, enrolAgain, pictures, rate, squaredL2, timestamp } from './schema/answers.ts';
import { FaceReport } from './schema/face-report.ts';
import {
  BODY_ERRORS,
  FAR,
  type Operation,
  PICTURE,
  PICTURE_ERRORS,
  TEMPLATE_ERRORS,
} from './schema/operation.ts';
import { FACE, LIFE } from './schema/sample.ts';
import { VERIFY } from './verify.request.ts';

const distance = described(
  squaredL2(),
  'Squared L2 between the unit embeddings; of the crops alone where they decide, on the scale of ' +
    'full embeddings. In a cascade all distances are on the fast network’s scale: its own where it ' +
    'decides, else the slow network’s, mapped to it, or a mean of both. What it decides depends on ' +
    'the rate: hold a distance against the threshold of the rate that was asked for alone.',
);

const verdict = {
  same: described(z.boolean(), '`distance` is at most `threshold`.'),
  distance,
  threshold: z.number(),
  far: rate(),
  score: described(
    z.number().check(z.minimum(0)),
    '-log10 of the false-accept rate at this distance; capped at the rarest calibrated rate. Not ' +
      'a probability that the pictures show one person.',
  ),
  model: described(z.string(), 'Network that compared them, or `FAST+SLOW`.'),
  probe: FaceReport,
};

const kind = <Kind extends string>(kind: Kind) =>
  described(z.literal(kind), 'Kind of the reference: tells the two answers apart.');

const failures = () => z.optional(z.readonly(z.array(z.enum(FLOOR_FAILURES))));

const undecided = {
  distance,
  reasons: described(
    z.strictObject({ reference: failures(), probe: failures() }),
    'Reasons why nothing is decided, by picture; a picture that is good enough is absent.',
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

const VERDICT = {
  same: true,
  distance: 0.581,
  threshold: 0.8307,
  far: 0.001,
  score: 5,
  model: 'inception-small-2+mobilefacenet-int8',
  probe: FACE,
};

const UNDECIDED = {
  distance: 0.912,
  reasons: { probe: ['too_dark'] },
  model: 'inception-small-2+mobilefacenet-int8',
  probe: FACE,
};

export const operations: readonly Operation[] = [
  {
    id: 'verify',
    tag: 'Verification',
    method: 'post',
    path: '/v1/verify',
    summary: 'Do two pictures, or a template and a picture, show one person?',
    key: 'verify',
    body: VERIFY,
    fields: {
      reference: 'A picture; or, as text, a template, and then with its `subject`.',
      probe: PICTURE,
      subject: 'The subject of the template: sent with one, and only then.',
      far: `${FAR} Without it the deployment's own.`,
      faces:
        'Which face of a picture counts: `dominant`, the largest, unless another is more than ' +
        'half its size; `one`, the only one; `largest`, whatever else there is. Of a face that the ' +
        'edge cuts off, only what the picture shows counts.',
      quality:
        'What becomes of a picture below the quality floor: `enforce` refuses it as `low_quality`; ' +
        '`report` gives the distance and the reasons, and decides nothing.',
    },
    success: [200, Verification, TemplateVerification, Undecided, TemplateUndecided],
    errors: [...BODY_ERRORS, ...PICTURE_ERRORS, 'low_quality', ...TEMPLATE_ERRORS, 'rate_limited'],
    sample: {
      form: ['reference=@reference.jpg', 'probe=@probe.jpg', 'far=0.001'],
      typescript:
        'const { same, distance } = await visavis.verify({ reference, probe, far: 0.001 });\n\n' +
        '// Against a template of an enrolled person:\n' +
        'const { score } = await visavis.verify({ reference: template, subject, probe });',
      answers: {
        Undecided: { kind: 'picture', ...UNDECIDED, reference: FACE },
        TemplateUndecided: {
          kind: 'template',
          ...UNDECIDED,
          reference: { pictures: 3, ...LIFE, enrolAgain: false },
        },
        Verification: {
          kind: 'picture',
          ...VERDICT,
          reference: FACE,
        },
        TemplateVerification: {
          kind: 'template',
          ...VERDICT,
          threshold: 0.7821,
          reference: { pictures: 3, ...LIFE, enrolAgain: false },
        },
      },
    },
  },
];
