/** `POST /v1/challenges`: begins a login. Its answer goes to the browser, which has no key. */
import type { Context, Handler } from 'hono';
import { isDevelopment } from '../auth/development.ts';
import { countRequest } from '../auth/rate-limits.ts';
import { allowsAudience } from '../auth/tenants.ts';
import { Refusal } from '../errors.ts';
import { operatingPointsFor } from '../face/decision/calibration.ts';
import type { Valid } from '../http/body.ts';
import type { Api, Models } from '../http/context.ts';
import { CHALLENGE_SECONDS } from '../limits.ts';
import { publicKeys } from '../login/assertion.ts';
import { type AttemptsStub, attemptsOf } from '../login/attempts.ts';
import { drawActions, type Challenge as Sealed, sealChallenge } from '../login/challenge-token.ts';
import { keyRing } from '../login/sealed-token.ts';
import { openTemplate } from '../login/template-token.ts';
import type { Challenge } from './challenges.docs.ts';
import type { CHALLENGE } from './challenges.request.ts';
import { resolveLoginFar } from './far.ts';
import { servingModelOf } from './serving.ts';
import { requireIssuer } from './settings.ts';
import { now, timestamp } from './time.ts';

/** Handler behind `body(CHALLENGE)`. */
export const challenge =
  (models: Models): Handler<Api, string, Valid<typeof CHALLENGE>> =>
  async (c) => {
    const keys = await keyRing(c.env);
    await publicKeys(c.env); // a login that could not end in an assertion does not begin
    const issuer = issuerOf(c);
    const form = c.req.valid('form');
    const { subject, audience, nonce } = form;
    const { tenant, limited } = c.get('caller');
    if (limited) {
      // The person first: one who asks again and again uses up no rate of the others.
      await countRequest('RATE_SUBJECT', JSON.stringify([tenant.id, subject]), c.env);
      await countRequest('RATE_LOGIN', tenant.id, c.env);
    }
    if (!allowsAudience(tenant, audience)) {
      const detail =
        'The audience is not one of those registered with your tenant. The operator registers ' +
        `it: \`npm run tool -- keys allow ${tenant.id} --audience AUDIENCE\`, then uploads API_KEYS.`;
      throw new Refusal({ code: 'forbidden', detail });
    }
    const issuedAt = now();
    const modelOf = (id: string) => servingModelOf(id, models, c.env);
    const use = { tenant: tenant.id, subject, modelOf, now: issuedAt, field: 'template' };
    const template = await openTemplate(form.template, use, keys);
    const { model, servedBy } = template;
    const { calibration } = models.card(servedBy.name);
    const points = operatingPointsFor(calibration, template.pictures);
    const { far } = resolveLoginFar(form.far, c.env.LOGIN_FAR, points);
    await checkOpen(attemptsOf(c.env.ATTEMPTS, tenant.id, subject));

    const sealed: Sealed = {
      id: crypto.randomUUID(),
      tenant: tenant.id,
      subject,
      audience,
      nonce,
      actions: drawActions(),
      far,
      issuer,
      model,
      template,
      issuedAt,
      expiresAt: issuedAt + CHALLENGE_SECONDS,
    };
    const { id, actions } = sealed;
    const token = await sealChallenge(sealed, keys);
    const expiresAt = timestamp(sealed.expiresAt);
    const enrolAgain = servedBy.former;
    const answer: Challenge = { id, challenge: token, actions, expiresAt, far, enrolAgain };
    return c.json(answer, 201);
  };

/**
 * Issuer of assertions. A deployment says so itself: what a request calls it (`Host`) is whatever
 * whoever sends it likes.
 *
 * @throws Refusal `not_configured`
 */
function issuerOf(c: Context<Api>): string {
  const { ISSUER = '' } = c.env;
  if (ISSUER !== '') return requireIssuer(ISSUER);
  if (isDevelopment(c.env)) return new URL(c.req.url).origin;
  const detail =
    'The variable ISSUER is missing: who assertions are from, like https://faces.example.';
  throw new Refusal({ code: 'not_configured', detail });
}

/** Refuses a delayed or locked subject early, before anybody poses in vain. The claim of the answer decides. */
async function checkOpen(attempts: AttemptsStub): Promise<void> {
  const { locked, delayedUntil } = await attempts.status();
  if (locked) throw new Refusal({ code: 'subject_locked' });
  if (delayedUntil !== null) {
    const retryAfterSeconds = delayedUntil - Date.now() / 1000;
    throw new Refusal({ code: 'too_many_attempts', retryAfterSeconds });
  }
}
