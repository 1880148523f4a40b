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
  /** By tenant. One verification is about 75 ms of CPU, so this is a third of a core. */
  RATE_VERIFY: 300,
  /** By tenant. Up to five pictures each. */
  RATE_ENROL: 60,
  /** By tenant: searches, and clusterings of up to 64 pictures. */
  RATE_IDENTIFY: 120,
  /** By tenant: changes and reads of galleries. */
  RATE_GALLERY: 300,
  /** By tenant: challenges, which are cheap. */
  RATE_LOGIN: 300,
  /** By tenant and subject: challenges of one person, before they count for the tenant. */
  RATE_SUBJECT: 10,
  /** By tenant: reading and resetting attempts. Never used up by logins. */
  RATE_ATTEMPTS: 300,
  /** By the address of who answers a challenge, which a whole office may share. */
  RATE_RESPONSE: 60,
} as const;

export type RateClass = keyof typeof RATES;

export type RateConfig = Environment & { readonly [Class in RateClass]?: RateLimit };

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
  const limiter = config[rateClass];
  if (!limiter) {
    if (isDevelopment(config)) return;
    throw new Refusal({ code: 'not_configured', detail: `The binding ${rateClass} is missing.` });
  }
  const { success } = await limiter.limit({ key });
  if (!success) throw new Refusal({ code: 'rate_limited', retryAfterSeconds: RATE_PERIOD_SECONDS });
}
