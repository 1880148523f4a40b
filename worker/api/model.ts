/** `GET /v1/model`: which network answers, what its thresholds mean, and how well it does. */
import type { Handler } from 'hono';
import type { Api, Services } from '../http/context.ts';

export const model =
  (services: Services): Handler<Api> =>
  (c) =>
    c.json(services.card(c.env.MODEL));
