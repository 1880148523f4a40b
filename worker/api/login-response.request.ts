/** Request of `POST /v1/challenges/{id}/response`. */
import * as z from 'zod/mini';
import {
  LOGIN_ACTIONS,
  MAX_FRAME_BYTES,
  MAX_JSON_RESPONSE_BYTES,
  MAX_POSE_FRAMES,
  MAX_RESPONSE_BYTES,
} from '../limits.ts';
import { picture, pictureList, token } from './schema/fields.ts';

/** Counts of action frames that are taken: each action has as many as the others. */
const COUNTS = Array.from({ length: MAX_POSE_FRAMES }, (_, i) => LOGIN_ACTIONS * (i + 1));

const ACTION_COUNT =
  `comes ${COUNTS.join(' or ')} times: the frames of each action together, ` +
  "in the challenge's order";

export const LOGIN_RESPONSE = {
  uploads: 'frames' as const,
  caps: { form: MAX_RESPONSE_BYTES, json: MAX_JSON_RESPONSE_BYTES },
  pictureCap: MAX_FRAME_BYTES,
  authority: 'challenge',
  schema: z.strictObject({
    challenge: token,
    frontal: pictureList(MAX_POSE_FRAMES),
    action: z.array(picture).check(
      z.minLength(LOGIN_ACTIONS, ACTION_COUNT),
      z.maxLength(LOGIN_ACTIONS * MAX_POSE_FRAMES, ACTION_COUNT),
      z.refine(({ length }) => length % LOGIN_ACTIONS === 0, ACTION_COUNT),
    ),
  }),
};
