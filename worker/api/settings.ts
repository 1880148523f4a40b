/**
 * Settings that only some requests read, judged together: who deploys a wrong one learns of it from
 * `/readyz`, not from the first request that needs it.
 */
import { isDevelopment } from '../auth/development.ts';
import { requireRateLimits } from '../auth/rate-limits.ts';
import { parseUrl } from '../auth/tenant.ts';
import { Refusal } from '../errors.ts';
import { verificationPoints } from '../face/decision/calibration.ts';
import { openGallery } from '../gallery/durable-object.ts';
import type { Env, ModelCard, Models } from '../http/context.ts';
import { MAX_ISSUER_CHARACTERS } from '../limits.ts';
import { resolveFar, resolveLoginFar } from './far.ts';

/** Tenant and gallery to ask about: an id of a tenant has no blank, so it is nobody's gallery. */
const NOBODY = ['ready check', 'nobody'] as const;

/**
 * Holds every setting to what requests ask of it. Those of templates and logins count where the secrets
 * of these are set.
 *
 * @throws Refusal `not_configured`, in words for the operator
 */
export function checkSettings(models: Models, env: Env): void {
  if (!env.MODEL) throw notConfigured('The variable MODEL is missing.');
  requireRateLimits(env);
  const current = models.card(env.MODEL);
  const serving = env.MODEL_PREVIOUS ? [current, models.card(env.MODEL_PREVIOUS)] : [current];
  const development = isDevelopment(env);
  resolveFar(
    undefined,
    env.DEFAULT_FAR,
    current.cascade ?? verificationPoints(current.calibration),
  );
  if (env.TEMPLATE_KEYS || development) {
    for (const points of serving.flatMap(templateRates)) {
      resolveFar(undefined, env.DEFAULT_FAR, points);
    }
    if (env.GALLERY) openGallery(env, ...NOBODY);
  }
  if (env.ASSERTION_KEYS || development) {
    for (const points of serving.flatMap(({ calibration }) => calibration.templates)) {
      resolveLoginFar(undefined, env.LOGIN_FAR, points);
    }
    if (env.ISSUER) requireIssuer(env.ISSUER);
  }
}

/** Rates of templates of any number of pictures, of a cascade's and of its slow network's. */
function templateRates({ calibration, cascade }: ModelCard) {
  return [...calibration.templates.map(verificationPoints), ...(cascade?.templates ?? [])];
}

/**
 * Issuer as relying parties can use it: they fetch the keys of assertions from there.
 *
 * @throws Refusal `not_configured`
 */
export function requireIssuer(issuer: string): string {
  const scheme = parseUrl(issuer)?.protocol;
  const isUrl = scheme === 'https:' || scheme === 'http:';
  if (isUrl && issuer.length <= MAX_ISSUER_CHARACTERS) return issuer;
  const form = `a URL like https://faces.example, of up to ${MAX_ISSUER_CHARACTERS} characters`;
  throw notConfigured(`The variable ISSUER is not ${form}.`);
}

function notConfigured(detail: string): Refusal {
  return new Refusal({ code: 'not_configured', detail });
}
