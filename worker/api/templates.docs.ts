/** Answers of `POST /v1/templates`, and the documentation. */

import * as z from 'zod/mini';
import { DEFAULT_TEMPLATE_DAYS } from '../limits.ts';
import {
  described,
  pictures,
  sealed,
  squaredL2,
  timestamp,
  uniqueSearch,
} from './schema/answers.ts';
import { FaceReport } from './schema/face-report.ts';
import {
  BODY_ERRORS,
  FPIR,
  type Operation,
  PICTURE,
  PICTURE_ERRORS,
  SUBJECT,
} from './schema/operation.ts';
import { FACE, LIFE, MODEL_ID, SUBJECT_ID, TEMPLATE } from './schema/sample.ts';
import { ENROL } from './templates.request.ts';

export const Enrolment = z.strictObject({
  template: sealed('The template'),
  subject: z.string(),
  model: described(z.string(), 'The network that made it: only this one can use it.'),
  pictures: pictures(),
  issuedAt: timestamp(),
  expiresAt: timestamp(),
  images: described(z.array(FaceReport), 'The face of each picture, in their order.'),
  largestDistance: described(
    z.nullable(squaredL2()),
    'Squared L2 between the two pictures that are least alike; null where there is one.',
  ),
  unique: z.optional(uniqueSearch()),
});

/** An answer as routes make it: with lists that nobody may change. */
export type Enrolment = Omit<z.infer<typeof Enrolment>, 'images'> & {
  readonly images: readonly FaceReport[];
};

export const operations: readonly Operation[] = [
  {
    id: 'enrol',
    tag: 'Enrolment',
    method: 'post',
    path: '/v1/templates',
    summary: 'Make a template of one person',
    description:
      'The template is given out sealed and kept nowhere here. It is good for this tenant and ' +
      'subject, and for the networks that made it.',
    key: 'enrol',
    body: ENROL,
    fields: {
      image: `Pictures of the person. ${PICTURE}`,
      subject: SUBJECT,
      days: `Days that the template is good. Without it ${DEFAULT_TEMPLATE_DAYS}.`,
      unique:
        'A gallery: refused where the person is in it under another subject (`already_enrolled`), or ' +
        'where there is no such gallery (`not_found`). Nothing is added to it.',
      fpir: `Rate of that search. ${FPIR}`,
    },
    success: [201, Enrolment],
    errors: [
      ...BODY_ERRORS,
      ...PICTURE_ERRORS,
      'low_quality',
      'already_enrolled',
      'not_found',
      'rate_limited',
    ],
    sample: {
      form: ['image=@front.jpg', 'image=@left.jpg', 'image=@right.jpg', `subject=${SUBJECT_ID}`],
      typescript: 'const { template, expiresAt } = await visavis.enrol({ subject, images });',
      answers: {
        Enrolment: {
          template: TEMPLATE,
          subject: SUBJECT_ID,
          model: MODEL_ID,
          pictures: 3,
          ...LIFE,
          images: [FACE, FACE, FACE],
          largestDistance: 0.41,
        },
      },
    },
  },
];
