/** `POST /v1/templates`: pictures of one person in, a sealed template out. Nothing is kept. */
import type { Handler } from 'hono';
import { dequantize } from '../face/embedding/template.ts';
import type { Found } from '../gallery/gallery-store.ts';
import { otherSubject, UNIQUE_TOP } from '../gallery/unique.ts';
import type { Valid } from '../http/body.ts';
import type { Api, Models } from '../http/context.ts';
import { DEFAULT_TEMPLATE_DAYS } from '../limits.ts';
import { keyRing } from '../login/sealed-token.ts';
import { sealTemplate } from '../login/template-token.ts';
import { resolveFpir } from './far.ts';
import { alreadyEnrolled, galleryOf, noGallery, uniqueSearch } from './galleries.ts';
import { roundedDistance } from './rounding.ts';
import { currentModel } from './serving.ts';
import type { Enrolment } from './templates.docs.ts';
import type { ENROL } from './templates.request.ts';
import { now, timestamp } from './time.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Handler behind `body(ENROL)`. */
export const enrol =
  (models: Models): Handler<Api, string, Valid<typeof ENROL>> =>
  async (c) => {
    const {
      image,
      subject,
      days = DEFAULT_TEMPLATE_DAYS,
      unique,
      fpir: asked,
    } = c.req.valid('form');
    const keys = await keyRing(c.env); // before anybody's face is looked at in vain
    const network = await c.get('load')(c.env.MODEL);
    const { calibration } = network;
    const fpir = unique === undefined && asked === undefined ? 0 : resolveFpir(asked, calibration);
    const { embedding, fast, pictures, reports, largestDistance } = await network.enrol(image);
    const { id: model } = currentModel(models, c.env);
    let searched: Found | undefined;
    if (unique !== undefined) {
      const terms = { model, fpir, calibration };
      searched = await galleryOf(c, unique).search(dequantize(embedding), terms, UNIQUE_TOP);
      if (searched.subjects === 0) throw noGallery('unique'); // a wrong name, which is no "unique"
      const other = otherSubject(searched, subject, terms);
      if (other !== undefined) throw alreadyEnrolled(other, c);
    }
    const issuedAt = now();
    const expiresAt = issuedAt + days * DAY_SECONDS;
    const tenant = c.get('caller').tenant.id;
    const bound = { tenant, subject, model, pictures, issuedAt, expiresAt, embedding, fast };
    const answer: Enrolment = {
      template: await sealTemplate(bound, keys),
      subject,
      model,
      pictures,
      issuedAt: timestamp(issuedAt),
      expiresAt: timestamp(expiresAt),
      images: reports,
      largestDistance: largestDistance === null ? null : roundedDistance(largestDistance, true),
      ...(searched && { unique: uniqueSearch(searched) }),
    };
    return c.json(answer, 201);
  };
