import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  countRequest,
  RATE_PERIOD_SECONDS,
  RATES,
  type RateClass,
} from '../../worker/auth/rate-limits.ts';
import { Refusal } from '../../worker/errors.ts';
import wrangler from '../../wrangler.toml?raw';

const bindings: Readonly<Record<RateClass, RateLimit>> = env;

/** The `[[ratelimits]]` of wrangler.toml. */
const configured = wrangler
  .split('[[ratelimits]]')
  .slice(1)
  .map((table) => ({
    name: /^name = "(\w+)"$/m.exec(table)?.[1],
    id: /^namespace_id = "(\d+)"$/m.exec(table)?.[1],
    limit: Number(/\blimit = (\d+)/.exec(table)?.[1]),
    period: Number(/\bperiod = (\d+)/.exec(table)?.[1]),
  }));

describe('rates', () => {
  it('are those of wrangler.toml, each with a count of its own', () => {
    expect(Object.fromEntries(configured.map(({ name, limit }) => [name, limit]))).toEqual(RATES);
    expect(new Set(configured.map(({ id }) => id)).size).toBe(configured.length);
    for (const { period } of configured) expect(period).toBe(RATE_PERIOD_SECONDS);
  });

  it('let through as many as they say, of each key apart', async () => {
    const config = { RATE_RESPONSE: bindings.RATE_RESPONSE };
    const key = crypto.randomUUID();
    let passed = 0;
    let refused: unknown;
    // Twice over: a new minute may begin on the way.
    while (refused === undefined && passed <= 2 * RATES.RATE_RESPONSE) {
      await countRequest('RATE_RESPONSE', key, config).then(
        () => passed++,
        (error) => {
          refused = error;
        },
      );
    }
    expect(passed).toBeGreaterThanOrEqual(RATES.RATE_RESPONSE);
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).failure).toEqual({
      code: 'rate_limited',
      retryAfterSeconds: RATE_PERIOD_SECONDS,
    });
    await countRequest('RATE_RESPONSE', crypto.randomUUID(), config);
  });

  it('are closed where a deployment has lost their binding', async () => {
    const lost = countRequest('RATE_LOGIN', 'shop', {});
    await expect(lost).rejects.toMatchObject({ failure: { code: 'not_configured' } });
    await countRequest('RATE_LOGIN', 'shop', { ENVIRONMENT: 'development' });
  });
});
