/**
 * `POST /v1/challenges/{id}/response`: the browser's answer to a challenge.
 *
 * The challenge is the authority; there is no key. The order of work is what makes it safe: it is
 * opened before the frames are let in; all that can be told without looking at a face is checked
 * first and costs the person nothing; then the challenge is claimed, and from there on every end
 * but an assertion is a failed attempt. Faults of ours are none: the claim is given back, a bounded
 * number of times.
 */
import type { Context, Handler } from 'hono';
import type * as z from 'zod/mini';
import { allowsAudience, findTenant } from '../auth/tenants.ts';
import { atField, Refusal } from '../errors.ts';
import { type Calibration, findRate, operatingPointsFor } from '../face/decision/calibration.ts';
import type { OpenAuthority, Valid } from '../http/body.ts';
import type { Api, Model, Models } from '../http/context.ts';
import { failureOf } from '../http/failure.ts';
import { noteError, requireOrigin } from '../http/middleware.ts';
import { ASSERTION_SECONDS } from '../limits.ts';
import { publicKeys, signAssertion } from '../login/assertion.ts';
import { attemptsOf } from '../login/attempts.ts';
import { type Challenge, invalidChallenge, openChallenge } from '../login/challenge-token.ts';
import { keyRing } from '../login/sealed-token.ts';
import type { LoginAnswer } from './login-response.docs.ts';
import type { LOGIN_RESPONSE } from './login-response.request.ts';
import { servingModelOf } from './serving.ts';
import { now, timestamp } from './time.ts';

type Form = z.output<typeof LOGIN_RESPONSE.schema>;

/**
 * Opens the challenge, if it may be answered here, now, and from this page: before anything else of
 * the body is read.
 *
 * @throws Refusal `challenge_invalid` whatever is wrong with it; `forbidden` for a foreign page
 */
export const openLogin =
  (models: Models): OpenAuthority =>
  async (token, c) => {
    const challenge = await openChallenge(token, now(), await keyRing(c.env));
    if (challenge.id !== c.req.param('id')) throw invalidChallenge('id');
    // A tenant that was closed, or an audience it has given up, gets no more assertions.
    const tenant = findTenant(c.env, challenge.tenant);
    if (!tenant) throw invalidChallenge('tenant');
    if (!allowsAudience(tenant, challenge.audience)) throw invalidChallenge('audience');
    requireOrigin(c, tenant);
    const model = servingModelOf(challenge.model, models, c.env);
    if (model === undefined) throw invalidChallenge('network');
    // A deployment with other thresholds, while the challenge was out, need not have its rate.
    const { calibration } = models.card(model.name);
    if (rateOf(challenge, calibration) === undefined) throw invalidChallenge('rate');
    c.set('challenge', challenge);
    return { tenant: tenant.id, model: model.name };
  };

const rateOf = ({ template, far }: Challenge, calibration: Calibration) =>
  findRate(operatingPointsFor(calibration, template.pictures), far);

/** Handler behind `body(LOGIN_RESPONSE, …, openLogin(…))`. */
export const loginResponse: Handler<Api, string, Valid<typeof LOGIN_RESPONSE>> = async (c) => {
  const form = c.req.valid('form');
  const challenge = c.get('challenge');
  const model = await c.get('load')();
  await publicKeys(c.env); // a missing key is our fault, and must not count as a failure
  await inspect(form, model);
  const attempts = attemptsOfResponse(challenge, c);
  await claim(attempts);
  let assertion: LoginAnswer | undefined;
  try {
    assertion = await login(form, challenge, model, attempts, c);
  } catch (error) {
    await giveBack(error, attempts, c);
  }
  // The check that failed would tell an attacker what to mend.
  if (assertion === undefined) throw new Refusal({ code: 'login_failed' });
  return c.json(assertion);
};

/** Refuses what is no picture, or too large, by its first bytes: that costs no attempt. */
async function inspect({ frontal, action }: Form, model: Model): Promise<void> {
  const pictures: [string, Uint8Array][] = [
    ...frontal.map((picture, i): [string, Uint8Array] => [
      frontal.length > 1 ? `frontal[${i}]` : 'frontal',
      picture,
    ]),
    ...action.map((picture, i): [string, Uint8Array] => [`action[${i}]`, picture]),
  ];
  for (const [field, picture] of pictures) {
    await atField(field, () => model.inspect(picture));
  }
}

/** Calls of the subject's object, on behalf of one response. */
type Attempts = ReturnType<typeof attemptsOfResponse>;

/**
 * The attempts that a response is counted in. Where the object was moved or ended on the way, a claim
 * or a success may have been noted although its answer was lost: it is told once more, and the object
 * knows it by the response's id.
 */
function attemptsOfResponse({ id, expiresAt, tenant, subject }: Challenge, c: Context<Api>) {
  const response = crypto.randomUUID(); // no header: two responses shall never have the same
  // A stub for each call: after a failure one may be of no use any more.
  const stub = () => attemptsOf(c.env.ATTEMPTS, tenant, subject);
  const retriedOnce = <T>(call: () => Promise<T>): Promise<T> =>
    call().catch((error) => {
      if (failureOf(error).code === 'unavailable') return call();
      throw error;
    });
  return {
    claim: () => retriedOnce(async () => stub().claim(id, expiresAt, response)),
    succeed: () => retriedOnce(async () => stub().succeed(id, response)),
    giveBack: async () => stub().giveBack(id),
  };
}

async function claim(attempts: Attempts): Promise<void> {
  const claim = await attempts.claim();
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

/**
 * An end that is no verdict on the frames must not count as one: a fault of ours, or no turn in
 * time. The challenge may then be answered again. Where that has happened too often it stays
 * counted: whoever finds out how to provoke a fault gets no tries by it.
 *
 * @throws Refusal `overloaded`, `unavailable`
 */
async function giveBack(error: unknown, attempts: Attempts, c: Context<Api>): Promise<void> {
  if (!(error instanceof Refusal)) noteError(error, c);
  const ours = error instanceof Refusal ? error.isOurs : true;
  if (!ours || !(await attempts.giveBack())) return;
  throw error instanceof Refusal ? error : new Refusal({ code: 'unavailable' });
}

/**
 * The face work, and what follows from it.
 *
 * @returns nothing where the frames did not pass; @throws whatever is no verdict on them
 */
async function login(
  form: Form,
  challenge: Challenge,
  network: Model,
  attempts: Attempts,
  c: Context<Api>,
): Promise<LoginAnswer | undefined> {
  const { actions, template, far, model } = challenge;
  const rate = rateOf(challenge, network.calibration);
  if (rate === undefined) throw new Error('the rate of the challenge is not calibrated');
  const perAction = form.action.length / actions.length;
  const outcome = await network.respond({
    frontal: form.frontal,
    actions: actions.map((action, i) => ({
      action,
      pictures: form.action.slice(i * perAction, (i + 1) * perAction),
    })),
    template,
    rate,
  });
  if (!outcome.ok) {
    c.get('entry').step = outcome.step;
    return undefined;
  }
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
  // Last: the attempt counts as failed until here. False where its claim is gone: then it stays so.
  if (!(await attempts.succeed())) return undefined;
  return { assertion, expiresAt: timestamp(expiresAt) };
}
