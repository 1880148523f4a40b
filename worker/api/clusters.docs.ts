/** Answers of `POST /v1/clusters`, and the documentation. */

import * as z from 'zod/mini';
import { FLOOR_FAILURES } from '../face/quality/quality-floor.ts';
import { CLUSTER_FAR, MAX_CLUSTER_FACES } from '../limits.ts';
import { CLUSTER } from './clusters.request.ts';
import { described, rate } from './schema/answers.ts';
import { FaceReport } from './schema/face-report.ts';
import { BODY_ERRORS, type Operation, PICTURE } from './schema/operation.ts';
import { FACE } from './schema/sample.ts';

export const Clusters = described(
  z.strictObject({
    faces: described(
      z.array(
        z.strictObject({
          image: described(z.int(), 'Index of the picture, from 0.'),
          group: described(
            z.nullable(z.int()),
            'Number of the group, from 0; null for a face that is like no other, or has `reasons`.',
          ),
          reasons: described(
            z.optional(z.array(z.enum(FLOOR_FAILURES))),
            'Reasons why the face is below the quality floor, and so in no group.',
          ),
          face: FaceReport,
        }),
      ),
      'Every face, in the order of the pictures, of each the largest first, as in `/v1/identify`.',
    ),
    groups: described(z.int(), 'Number of groups.'),
    refused: described(
      z.array(z.strictObject({ image: z.int(), code: z.string() })),
      'Pictures without a face that could be used, and why.',
    ),
    far: rate(),
    threshold: described(z.number(), 'Mean squared L2 distance up to which groups are joined.'),
    model: z.string(),
  }),
  'Which faces belong together: average linkage, up to the threshold of a false-accept rate.',
);

export type Clusters = z.infer<typeof Clusters>;

export const operations: readonly Operation[] = [
  {
    id: 'cluster',
    tag: 'Identification',
    method: 'post',
    path: '/v1/clusters',
    summary: 'Which faces belong together?',
    description:
      'Groups the faces of pictures by average linkage on squared L2 distances. A picture without ' +
      'a usable face is listed with its code; a face below the quality floor with its reasons, and in ' +
      'no group. Two faces with the same weakness, such as sunglasses, are not compared with each ' +
      `other. At most ${MAX_CLUSTER_FACES} faces.`,
    key: 'identify',
    body: CLUSTER,
    fields: {
      image: `Pictures. ${PICTURE}`,
      far:
        'The false-accept rate whose threshold the mean distance of a group is held to: one of ' +
        `the calibrated rates of \`GET /v1/model\`; without it ${CLUSTER_FAR}.`,
      collages:
        '`true` where a picture may show one person twice, as collages and mirrors do. Without it ' +
        'two faces of one picture are never in one group.',
    },
    success: [200, Clusters],
    errors: [...BODY_ERRORS, 'rate_limited', 'unavailable'],
    sample: {
      form: ['image=@one.jpg', 'image=@two.jpg', 'image=@three.jpg'],
      answers: {
        Clusters: {
          faces: [
            { image: 0, group: 0, face: FACE },
            { image: 1, group: 0, face: FACE },
          ],
          groups: 1,
          refused: [{ image: 2, code: 'no_face' }],
          far: 0.001,
          threshold: 1.3133,
          model: 'mobilefacenet-int8',
        },
      },
    },
  },
];
