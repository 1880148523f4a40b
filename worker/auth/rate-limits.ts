/**
 * Rate limits, one class of routes each: the bindings of `[[ratelimits]]` in wrangler.toml.
 *
 * The platform counts in each of its locations apart and roughly, so they keep one caller from
 * crowding out the others; they are no defence against guessing. That is what `Attempts` is.
 */
import { Refusal } from '../errors.ts';
import { type Environment, isDevelopment } from './development.ts';

/** A binding's period is 10 or 60 seconds; its answer does not say how much of it is left. */
export const RATE_PERIOD_SECONDS = 60;

/** Requests a period, location and key. A test holds wrangler.toml to them. */
export const RATES = {
  /** Verifications of a tenant. One is about 60 ms of CPU, so this is a third of a core. */
  RATE_VERIFY: 300,
  /** Enrolments of a tenant by up to five pictures each, in templates and in galleries. */
  RATE_ENROL: 60,
  /** Searches of a tenant, and clusterings of up to 64 pictures. */
  RATE_IDENTIFY: 120,
  /** Changes and reads of a tenant's galleries. Those with pictures are enrolments, too. */
  RATE_GALLERY: 300,
  /** Challenges of a tenant, which are cheap. */
  RATE_LOGIN: 300,
  /** Challenges of one person, before they count for the tenant. */
  RATE_SUBJECT: 10,
  /** Reads and resets of a tenant's attempts. Never used up by logins. */
  RATE_ATTEMPTS: 300,
  /** Answers to challenges by address, which a whole office may share. */
  RATE_RESPONSE: 60,
} as const;

export type RateClass = keyof typeof RATES;

export type RateConfig = Environment & { readonly [Class in RateClass]?: RateLimit };

/** @throws Refusal `not_configured` where a deployment has lost one of the bindings */
export function requireRateLimits(config: RateConfig): void {
  for (const rateClass of Object.keys(RATES)) limiterOf(rateClass as RateClass, config);
}

/** Binding of this class; nothing in development, which may do without. */
function limiterOf(rateClass: RateClass, config: RateConfig): RateLimit | undefined {
  const limiter = config[rateClass];
  if (limiter || isDevelopment(config)) return limiter;
  throw new Refusal({ code: 'not_configured', detail: `The binding ${rateClass} is missing.` });
}

/**
 * Counts one request of this key.
 *
 * @throws Refusal `rate_limited`; `not_configured` where a deployment has lost the binding
 */
export async function countRequest(
  rateClass: RateClass,
  key: string,
  config: RateConfig,
): Promise<void> {
  const limiter = limiterOf(rateClass, config);
  if (!limiter) return;
  const { success } = await limiter.limit({ key });
  if (!success) throw new Refusal({ code: 'rate_limited', retryAfterSeconds: RATE_PERIOD_SECONDS });
}
