/** `POST /v1/challenges`: begins a login. Its answer goes to the browser, which has no key. */
import type { Handler } from 'hono';
import { allowsAudience } from '../auth/tenants.ts';
import { Refusal } from '../errors.ts';
import { operatingPointsFor } from '../face/calibration.ts';
import type { Api, Services } from '../http/context.ts';
import { withForm } from '../http/form.ts';
import { CHALLENGE_SECONDS } from '../limits.ts';
import { publicKeys } from '../login/assertion.ts';
import { type AttemptsStub, attemptsOf } from '../login/attempts.ts';
import { drawActions, type Challenge as Sealed, sealChallenge } from '../login/challenge-token.ts';
import { openTemplate } from '../login/template-token.ts';
import { keyRing } from '../login/token.ts';
import { resolveLoginFar } from './far.ts';
import { CHALLENGE } from './schema/requests.ts';
import type { Challenge } from './schema/responses.ts';
import { servingModelOf } from './serving.ts';
import { now, timestamp } from './time.ts';

export const challenge =
  (services: Services): Handler<Api> =>
  async (c) => {
    const keys = await keyRing(c.env);
    await publicKeys(c.env); // a login that could not end in an assertion does not begin
    const answer = await withForm(c.req.raw, CHALLENGE, async (form): Promise<Challenge> => {
      const { subject, audience, nonce } = form;
      const { tenant } = c.get('caller');
      if (!allowsAudience(tenant, audience)) {
        const detail =
          'The audience is not one of those registered with your tenant. The operator registers ' +
          `it: \`npm run tool -- keys allow ${tenant.id} --audience AUDIENCE\`, then uploads API_KEYS.`;
        throw new Refusal({ code: 'forbidden', detail });
      }
      const issuedAt = now();
      const modelOf = (id: string) => servingModelOf(id, services, c.env);
      const use = { tenant: tenant.id, subject, modelOf, now: issuedAt, field: 'template' };
      const template = await openTemplate(form.template, use, keys);
      const { model, servedBy } = template;
      const { calibration } = await services.verifier(servedBy.name);
      const scale = operatingPointsFor(calibration, template.pictures);
      const { far } = resolveLoginFar(form.far, c.env.LOGIN_FAR, scale);
      await checkOpen(attemptsOf(c.env.ATTEMPTS, tenant.id, subject));

      const sealed: Sealed = {
        id: crypto.randomUUID(),
        tenant: tenant.id,
        subject,
        audience,
        nonce,
        actions: drawActions(),
        far,
        issuer: c.env.ISSUER ?? new URL(c.req.url).origin,
        model,
        template,
        issuedAt,
        expiresAt: issuedAt + CHALLENGE_SECONDS,
      };
      const { id, actions } = sealed;
      const token = await sealChallenge(sealed, keys);
      return {
        id,
        challenge: token,
        actions,
        expiresAt: timestamp(sealed.expiresAt),
        far,
      };
    });
    return c.json(answer, 201);
  };

/** Said before anybody poses in vain. What counts is asked again when the answer comes. */
async function checkOpen(attempts: AttemptsStub): Promise<void> {
  const { locked, delayedUntil } = await attempts.status();
  if (locked) throw new Refusal({ code: 'subject_locked' });
  if (delayedUntil !== null) {
    const retryAfterSeconds = delayedUntil - Date.now() / 1000;
    throw new Refusal({ code: 'too_many_attempts', retryAfterSeconds });
  }
}
