/** `POST /v1/templates`: pictures of one person in, a sealed template out. Nothing is kept. */
import type { Handler } from 'hono';
import type { Api, Services } from '../http/context.ts';
import { withForm } from '../http/form.ts';
import { DEFAULT_TEMPLATE_DAYS } from '../limits.ts';
import { sealTemplate } from '../login/template-token.ts';
import { keyRing } from '../login/token.ts';
import { ENROL } from './schema/requests.ts';
import type { Enrolment } from './schema/responses.ts';
import { currentModel } from './serving.ts';
import { now, timestamp } from './time.ts';

const DAY_SECONDS = 24 * 60 * 60;

export const enrol =
  (services: Services): Handler<Api> =>
  async (c) => {
    const keys = await keyRing(c.env); // before anybody's face is looked at in vain
    const loading = services.verifier(c.env.MODEL);
    loading.catch(() => {}); // rethrown below, unless the body is refused first
    const answer = await withForm(c.req.raw, ENROL, async (form): Promise<Enrolment> => {
      const { image, subject, days = DEFAULT_TEMPLATE_DAYS } = form;
      const verifier = await loading;
      const { embedding, pictures, reports } = await verifier.enrol(image);
      const { id: model } = currentModel(services, c.env);
      const issuedAt = now();
      const expiresAt = issuedAt + days * DAY_SECONDS;
      const tenant = c.get('caller').tenant.id;
      const bound = { tenant, subject, model, pictures, issuedAt, expiresAt, embedding };
      return {
        template: await sealTemplate(bound, keys),
        subject,
        model,
        pictures,
        issuedAt: timestamp(issuedAt),
        expiresAt: timestamp(expiresAt),
        images: reports,
      };
    });
    return c.json(answer, 201);
  };
