/** Answers of `POST /v1/identify`, and the documentation. */

import * as z from 'zod/mini';
import { BASES } from '../face/decision/identification-thresholds.ts';
import { FLOOR_FAILURES } from '../face/quality/quality-floor.ts';
import { MAX_FACES, MAX_IDENTIFY_TEMPLATES, MAX_TOP } from '../limits.ts';
import { IDENTIFY } from './identify.request.ts';
import { described, fpir, pictures, squaredL2 } from './schema/answers.ts';
import { FaceReport } from './schema/face-report.ts';
import {
  BODY_ERRORS,
  FPIR,
  type Operation,
  PICTURE,
  PICTURE_ERRORS,
  TEMPLATE_ERRORS,
} from './schema/operation.ts';
import { FACE, SUBJECT_ID } from './schema/sample.ts';

const near = {
  subject: z.string(),
  distance: described(squaredL2(), 'Squared L2 to the best of its templates.'),
  pictures: pictures(),
};

const Candidate = z.strictObject({
  ...near,
  threshold: described(
    z.number(),
    'Largest distance of a match: by the pictures of a template, and the number of templates.',
  ),
  match: described(z.boolean(), '`distance` is at most `threshold`.'),
});

const IdentifiedFace = z.strictObject({
  subject: described(z.nullable(z.string()), 'Who it is; null is *unknown*.'),
  candidates: described(
    z.array(Candidate),
    'Each subject once, by the template that is least beyond its threshold, or most within. In this ' +
      'order, of `distance` less `threshold`: nearest first where thresholds are equal, and the ' +
      '`subject` before all others.',
  ),
  face: FaceReport,
});

const UndecidedFace = described(
  z.strictObject({
    reasons: described(z.array(z.enum(FLOOR_FAILURES)), 'Reasons why nothing is decided.'),
    candidates: described(
      z.array(z.strictObject(near)),
      'Distances, where `quality` is `report`; else empty.',
    ),
    face: FaceReport,
  }),
  'A face below the quality floor, which is never named.',
);

export const Identification = described(
  z.strictObject({
    faces: described(
      z.array(z.union([IdentifiedFace, UndecidedFace])),
      `One; with \`faces=all\` up to ${MAX_FACES}, the largest first, as at first sight: a closer look may change the \`box\` by a tenth. Each is a search of its own.`,
    ),
    fpir: fpir(),
    basis: described(
      z.enum(BASES),
      'Where the thresholds come from: of those of the templates compared the weakest. `measured`: from galleries of this size. `interpolated`: ' +
        'between two sizes, linear in the logarithm of the size. `extrapolated`: beyond the ' +
        'largest, as if comparisons were independent, FPIR = 1 - (1 - FAR)^N. Fewer sizes are ' +
        'measured for templates of more pictures.',
    ),
    templates: described(z.int(), 'Number of templates that each face was compared with.'),
    subjects: z.int(),
    outdated: described(
      z.int(),
      'Subjects whose templates are all of other networks: not compared, to be enrolled anew.',
    ),
    model: z.string(),
  }),
  'Who is it? The largest distance that still names somebody depends on how many there are.',
);

export type Identification = z.infer<typeof Identification>;

export const operations: readonly Operation[] = [
  {
    id: 'identify',
    tag: 'Identification',
    method: 'post',
    path: '/v1/identify',
    summary: 'Who is it, of many?',
    description:
      'Searches among sealed templates that come along, or in a gallery. The more there are, the ' +
      'nearer one has to be: the rate is that of the whole search.',
    key: 'identify',
    body: IDENTIFY,
    fields: {
      probe: PICTURE,
      gallery: 'The gallery to search; or, instead, `templates`.',
      templates: `Up to ${MAX_IDENTIFY_TEMPLATES.toLocaleString('en')} templates of the tenant, of any subjects, as one string with white space between, or in JSON as an array.`,
      fpir: FPIR,
      top: `Number of subjects to rank, up to ${MAX_TOP}. Without it 1.`,
      faces: `As in \`/v1/verify\`; or \`all\`: every face, up to ${MAX_FACES}, the largest.`,
      quality:
        'What becomes of a face below the quality floor: `enforce` refuses it as `low_quality`, and ' +
        'with `faces=all` gives its reasons in place of a name; `report` gives the distances and the ' +
        'reasons, and decides nothing.',
    },
    success: [200, Identification],
    errors: [
      ...BODY_ERRORS,
      ...PICTURE_ERRORS,
      'low_quality',
      ...TEMPLATE_ERRORS,
      'not_found',
      'rate_limited',
    ],
    sample: {
      form: ['probe=@probe.jpg', 'gallery=staff', 'top=3'],
      answers: {
        Identification: {
          faces: [
            {
              subject: SUBJECT_ID,
              candidates: [
                {
                  subject: SUBJECT_ID,
                  distance: 0.412,
                  threshold: 0.871,
                  match: true,
                  pictures: 3,
                },
              ],
              face: FACE,
            },
          ],
          fpir: 0.01,
          basis: 'measured',
          templates: 250,
          subjects: 250,
          outdated: 0,
          model: 'mobilefacenet-int8',
        },
      },
    },
  },
];
