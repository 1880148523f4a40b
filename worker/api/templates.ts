/** `POST /v1/templates`: pictures of one person in, a sealed template out. Nothing is kept. */
import type { Handler } from 'hono';
import { dequantize } from '../face/template.ts';
import { otherSubject, UNIQUE_TOP } from '../gallery/unique.ts';
import type { Api, Services } from '../http/context.ts';
import { withForm } from '../http/form.ts';
import { DEFAULT_TEMPLATE_DAYS } from '../limits.ts';
import { sealTemplate } from '../login/template-token.ts';
import { keyRing } from '../login/token.ts';
import { resolveFpir } from './far.ts';
import { alreadyEnrolled, galleryOf } from './galleries.ts';
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
      const { image, subject, days = DEFAULT_TEMPLATE_DAYS, unique } = form;
      const verifier = await loading;
      const fpir = unique === undefined ? 0 : resolveFpir(form.fpir, verifier.calibration);
      const { embedding, pictures, reports } = await verifier.enrol(image);
      const { id: model } = currentModel(services, c.env);
      if (unique !== undefined) {
        const found = await galleryOf(c, unique).search(dequantize(embedding), model, UNIQUE_TOP);
        const terms = { fpir, calibration: verifier.calibration };
        const other = otherSubject(found, subject, terms);
        if (other !== undefined) throw alreadyEnrolled(other, c);
      }
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
