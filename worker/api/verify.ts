/** `POST /v1/verify`: whether two pictures, or a template and a picture, show one person. */
import type { Context, Handler } from 'hono';
import type * as z from 'zod/mini';
import type { Valid } from '../http/body.ts';
import type { Api, Models } from '../http/context.ts';
import { keyRing } from '../login/sealed-token.ts';
import { openTemplate } from '../login/template-token.ts';
import { resolveFar } from './far.ts';
import { roundedDistance, roundedScore } from './rounding.ts';
import { servingModelOf } from './serving.ts';
import { now, timestamp } from './time.ts';
import type {
  TemplateUndecided,
  TemplateVerification,
  Undecided,
  Verification,
} from './verify.docs.ts';
import type { VERIFY } from './verify.request.ts';

type Form = z.output<typeof VERIFY.schema>;

/** Handler behind `body(VERIFY)`. */
export const verify =
  (models: Models): Handler<Api, string, Valid<typeof VERIFY>> =>
  async (c) => {
    const form = c.req.valid('form');
    const answer =
      typeof form.reference === 'string'
        ? await againstTemplate(form, form.reference, models, c)
        : await againstPicture(form, form.reference, c);
    return c.json(answer);
  };

async function againstPicture(
  { probe, far, faces = 'dominant', quality }: Form,
  reference: Uint8Array,
  c: Context<Api>,
): Promise<Verification | Undecided> {
  const model = await c.get('load')(c.env.MODEL);
  const rate = resolveFar(far, c.env.DEFAULT_FAR, model.pairs);
  const verification = await model.verify({ reference, probe, rate, faces, quality });
  return { kind: 'picture', ...rounded(verification) };
}

async function againstTemplate(
  { probe, subject = '', far, faces = 'dominant', quality }: Form,
  reference: string,
  models: Models,
  c: Context<Api>,
): Promise<TemplateVerification | TemplateUndecided> {
  const tenant = c.get('caller').tenant.id;
  const modelOf = (id: string) => servingModelOf(id, models, c.env);
  const use = { tenant, subject, modelOf, now: now(), field: 'reference' };
  const template = await openTemplate(reference, use, await keyRing(c.env));
  const model = await c.get('load')(template.servedBy.name);
  const rate = resolveFar(far, c.env.DEFAULT_FAR, model.templateRates(template));
  const verification = await model.verifyTemplate({ template, probe, rate, faces, quality });
  return {
    kind: 'template',
    ...rounded(verification),
    reference: {
      pictures: template.pictures,
      issuedAt: timestamp(template.issuedAt),
      expiresAt: timestamp(template.expiresAt),
      enrolAgain: template.servedBy.former,
    },
  };
}

/** Distance and score as answers have them; `same` is what the rounded ones say as well. */
function rounded<A extends { readonly distance: number }>(answer: A | (A & Decision)): A {
  const { distance } = answer;
  if (!('same' in answer)) return { ...answer, distance: roundedDistance(distance, false) };
  const { same, score } = answer;
  return {
    ...answer,
    distance: roundedDistance(distance, same),
    score: roundedScore(score, same),
  };
}

type Decision = Pick<Verification, 'same' | 'score'>;
