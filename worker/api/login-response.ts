/**
 * `POST /v1/challenges/{id}/response`: the browser's answer to a challenge.
 *
 * The challenge is the authority; there is no key. The order of work is what makes it safe: all
 * that can be told without looking at a face is checked first and costs the person nothing; then
 * the challenge is claimed, and from there on every end but an assertion is a failed attempt.
 */
import type { Context, Handler } from 'hono';
import type * as z from 'zod/mini';
import { allowsAudience, findTenant } from '../auth/tenants.ts';
import { Refusal } from '../errors.ts';
import { findRate, operatingPointsFor } from '../face/calibration.ts';
import type { Api, Services, Verifier } from '../http/context.ts';
import { withForm } from '../http/form.ts';
import { logError, requireOrigin } from '../http/middleware.ts';
import { ASSERTION_SECONDS } from '../limits.ts';
import { publicKeys, signAssertion } from '../login/assertion.ts';
import { type AttemptsStub, attemptsOf } from '../login/attempts.ts';
import { type Challenge, openChallenge } from '../login/challenge-token.ts';
import { keyRing } from '../login/token.ts';
import { RESPONSE } from './schema/requests.ts';
import type { LoginAnswer } from './schema/responses.ts';
import { type ServingModel, servingModelOf } from './serving.ts';
import { now, timestamp } from './time.ts';

type Form = z.output<typeof RESPONSE.schema>;

export const response =
  (services: Services): Handler<Api> =>
  async (c) => {
    services.verifier(c.env.MODEL).catch(() => {}); // made ready while the body is on the way
    const answer = await withForm(c.req.raw, RESPONSE, async (form): Promise<LoginAnswer> => {
      const { challenge, model } = await openOwn(form.challenge, services, c);
      const verifier = await services.verifier(model.name);
      await publicKeys(c.env); // a missing key is our fault, and must not count as a failure
      inspect(form, verifier);
      const attempts = attemptsOf(c.env.ATTEMPTS, challenge.tenant, challenge.subject);
      await claim(attempts, challenge);
      try {
        return await login(form, challenge, verifier, attempts, c);
      } catch (error) {
        // Which check failed would tell an attacker what to mend.
        if (!(error instanceof Refusal)) logError(error, c);
        throw new Refusal({ code: 'login_failed' });
      }
    });
    return c.json(answer);
  };

/**
 * Opens the challenge, if it may be answered here, now, and from this page.
 *
 * @throws Refusal `challenge_invalid` whatever is wrong with it; `forbidden` for a foreign page
 */
async function openOwn(
  token: string,
  services: Services,
  c: Context<Api>,
): Promise<{ challenge: Challenge; model: ServingModel }> {
  const challenge = await openChallenge(token, now(), await keyRing(c.env));
  const invalid = new Refusal({ code: 'challenge_invalid' });
  if (challenge.id !== c.req.param('id')) throw invalid;
  // A tenant that was closed, or an audience it has given up, gets no more assertions.
  const tenant = findTenant(c.env, challenge.tenant);
  if (!tenant || !allowsAudience(tenant, challenge.audience)) throw invalid;
  requireOrigin(c, tenant);
  const model = servingModelOf(challenge.model, services, c.env);
  if (model === undefined) throw invalid;
  return { challenge, model };
}

/** Pictures that are none, or too large, are told from their first bytes: that is no attempt. */
function inspect({ frontal, action }: Form, verifier: Verifier): void {
  const pictures: [string, Uint8Array][] = [
    ...frontal.map((picture, i): [string, Uint8Array] => [
      frontal.length > 1 ? `frontal[${i}]` : 'frontal',
      picture,
    ]),
    ...action.map((picture, i): [string, Uint8Array] => [`action[${i}]`, picture]),
  ];
  for (const [field, picture] of pictures) {
    try {
      verifier.inspect(picture);
    } catch (error) {
      throw error instanceof Refusal ? error.at(field) : error;
    }
  }
}

async function claim(attempts: AttemptsStub, { id, expiresAt }: Challenge): Promise<void> {
  const claim = await attempts.claim(id, expiresAt);
  switch (claim.kind) {
    case 'claimed':
      return;
    case 'used':
      throw new Refusal({ code: 'challenge_used' });
    case 'delayed': {
      const { retryAfterSeconds } = claim;
      throw new Refusal({ code: 'too_many_attempts', retryAfterSeconds });
    }
    case 'locked':
      throw new Refusal({ code: 'subject_locked' });
  }
}

/** The face work, and what follows from it. Whatever is thrown here is one failed attempt. */
async function login(
  form: Form,
  challenge: Challenge,
  verifier: Verifier,
  attempts: AttemptsStub,
  c: Context<Api>,
): Promise<LoginAnswer> {
  const { actions, template, far, model } = challenge;
  const rate = findRate(operatingPointsFor(verifier.calibration, template.pictures), far);
  if (rate === undefined) throw new Error('the rate of the challenge is not calibrated');
  const perAction = form.action.length / actions.length;
  const { ok } = await verifier.respond({
    frontal: form.frontal,
    actions: actions.map((action, i) => ({
      action,
      pictures: form.action.slice(i * perAction, (i + 1) * perAction),
    })),
    template,
    rate,
  });
  if (!ok) throw new Refusal({ code: 'login_failed' });
  const issuedAt = now();
  const expiresAt = issuedAt + ASSERTION_SECONDS;
  const assertion = await signAssertion(
    {
      iss: challenge.issuer,
      aud: challenge.audience,
      sub: challenge.subject,
      tenant: challenge.tenant,
      nonce: challenge.nonce,
      iat: issuedAt,
      exp: expiresAt,
      far,
      model,
    },
    c.env,
  );
  // Last: only what is taken back here was no failure, and only once.
  if (!(await attempts.succeed(challenge.id))) throw new Refusal({ code: 'login_failed' });
  return { assertion, expiresAt: timestamp(expiresAt) };
}
