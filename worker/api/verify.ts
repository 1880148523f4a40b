/** `POST /v1/verify`: do two pictures, or a template and a picture, show one person? */
import type { Context, Handler } from 'hono';
import type * as z from 'zod/mini';
import { operatingPointsFor } from '../face/calibration.ts';
import type { Api, Services, Verifier } from '../http/context.ts';
import { withForm } from '../http/form.ts';
import { openTemplate } from '../login/template-token.ts';
import { keyRing } from '../login/token.ts';
import { resolveFar } from './far.ts';
import { VERIFY } from './schema/requests.ts';
import type { TemplateVerification, Verification } from './schema/responses.ts';
import { servingModelOf } from './serving.ts';
import { now, timestamp } from './time.ts';

type Form = z.output<typeof VERIFY.schema>;

export const verify =
  (services: Services): Handler<Api> =>
  async (c) => {
    // The first request of an isolate makes the networks ready while its body is on the way.
    const loading = services.verifier(c.env.MODEL);
    loading.catch(() => {}); // rethrown below, unless the body is refused first
    const answer = await withForm(c.req.raw, VERIFY, async (form) => {
      const verifier = await loading;
      return typeof form.reference === 'string'
        ? againstTemplate(form, form.reference, services, c)
        : againstPicture(form, form.reference, verifier, c);
    });
    return c.json(answer);
  };

async function againstPicture(
  { probe, far, faces = 'dominant' }: Form,
  reference: Uint8Array,
  verifier: Verifier,
  c: Context<Api>,
): Promise<Verification> {
  const rate = resolveFar(far, c.env.DEFAULT_FAR, verifier.calibration);
  return verifier.verify({ reference, probe, rate, faces });
}

async function againstTemplate(
  { probe, subject = '', far, faces = 'dominant' }: Form,
  reference: string,
  services: Services,
  c: Context<Api>,
): Promise<TemplateVerification> {
  const tenant = c.get('caller').tenant.id;
  const modelOf = (id: string) => servingModelOf(id, services, c.env);
  const use = { tenant, subject, modelOf, now: now(), field: 'reference' };
  const template = await openTemplate(reference, use, await keyRing(c.env));
  const verifier = await services.verifier(template.servedBy.name);
  const scale = operatingPointsFor(verifier.calibration, template.pictures);
  const rate = resolveFar(far, c.env.DEFAULT_FAR, scale);
  const verification = await verifier.verifyTemplate({ template, probe, rate, faces });
  return {
    ...verification,
    reference: {
      pictures: template.pictures,
      issuedAt: timestamp(template.issuedAt),
      expiresAt: timestamp(template.expiresAt),
      enrolAgain: template.servedBy.former,
    },
  };
}
