/** `GET /v1/model`: which network answers, and its thresholds; `/card`: how well it does. */
import type { Handler } from 'hono';
import { type Rate, verificationPoints } from '../face/decision/calibration.ts';
import { offeredFpirs } from '../face/decision/identification-thresholds.ts';
import { modelId } from '../face/embedding/model-id.ts';
import type { Api, Models } from '../http/context.ts';
import type { Model } from './model.docs.ts';

export const model =
  (models: Models): Handler<Api> =>
  (c) => {
    const card = models.card(c.env.MODEL);
    const { name, sha256, detectorSha256, landmarkerSha256, input, dimension, calibration } = card;
    const { rates } = card.cascade ?? verificationPoints(calibration);
    const templates =
      card.cascade?.templates ??
      calibration.templates.map((points) => ({ ...points, ...verificationPoints(points) }));
    const answer: Model = {
      name,
      id: modelId(card),
      sha256,
      detectorSha256,
      landmarkerSha256,
      input,
      dimension,
      ...(card.cascade === undefined ? {} : { fast: card.cascade.fast }),
      calibration: {
        rates: rates.map(rounded),
        templates: templates.map(({ pictures, rates }) => ({
          pictures,
          rates: rates.map(rounded),
        })),
        fpirs: offeredFpirs(calibration.templates[0]),
      },
    };
    return c.json(answer);
  };

/** All that was measured, and how: some 100 KB. */
export const modelCard =
  (models: Models): Handler<Api> =>
  (c) =>
    c.json(models.card(c.env.MODEL));

/** A rate without its intervals; a decision's own answer has the threshold in full. */
function rounded({ far, threshold, val }: Rate): Rate {
  return { far, threshold: round(threshold), val: round(val) };
}

const round = (value: number) => Number(value.toFixed(4));
