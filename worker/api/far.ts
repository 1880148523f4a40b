/** The false-accept rate that a request is decided at: its own, or the deployment's. */
import { Refusal } from '../errors.ts';
import { findRate, type OperatingPoints, type Rate } from '../face/calibration.ts';
import { MAX_LOGIN_FAR } from '../limits.ts';

type FarInput = string | number | undefined;

/**
 * @throws Refusal `invalid_request` for what is no calibrated rate, listing those that are;
 *   `not_configured` where it is the deployment's default that is none
 */
export function resolveFar(far: FarInput, byDefault: FarInput, scale: OperatingPoints): Rate {
  return ratesOf(far, byDefault, 'DEFAULT_FAR', scale);
}

/** The same, and never looser than a login may be. */
export function resolveLoginFar(far: FarInput, byDefault: FarInput, scale: OperatingPoints): Rate {
  const rates = scale.rates.filter((rate) => rate.far <= MAX_LOGIN_FAR);
  return ratesOf(far, byDefault, 'LOGIN_FAR', { rates });
}

function ratesOf(
  far: FarInput,
  byDefault: FarInput,
  variable: string,
  scale: Pick<OperatingPoints, 'rates'>,
): Rate {
  const rate = findRate(scale, far ?? byDefault ?? '');
  if (rate) return rate;
  if (far === undefined) {
    const detail = `${variable} is not a rate that the model is calibrated for.`;
    throw new Refusal({ code: 'not_configured', detail });
  }
  const rates = scale.rates.map((rate) => rate.far);
  const detail = `\`far\` is one of the calibrated rates: ${rates.join(', ')}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'far', rates });
}
