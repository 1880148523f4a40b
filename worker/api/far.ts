/** The false-accept rate that a request is decided at: its own, or the deployment's. */
import { Refusal } from '../errors.ts';
import {
  type Calibration,
  findRate,
  type OfferedRates,
  operatingPointsFor,
  type Rate,
} from '../face/decision/calibration.ts';
import { offeredFpirs } from '../face/decision/identification-thresholds.ts';
import { DEFAULT_FPIR, MAX_LOGIN_FAR } from '../limits.ts';

type FarInput = string | number | undefined;

/**
 * @throws Refusal `invalid_request` for what is no calibrated rate, listing those that are;
 *   `not_configured` where it is the deployment's default that is none
 */
export function resolveFar(far: FarInput, byDefault: FarInput, points: OfferedRates): Rate {
  return ratesOf(far, byDefault, 'DEFAULT_FAR', points);
}

/** The same, and never looser than a login may be. */
export function resolveLoginFar(far: FarInput, byDefault: FarInput, points: OfferedRates): Rate {
  const rates = points.rates.filter((rate) => rate.far <= MAX_LOGIN_FAR);
  return ratesOf(far, byDefault, 'LOGIN_FAR', { rates });
}

function ratesOf(far: FarInput, byDefault: FarInput, variable: string, points: OfferedRates): Rate {
  const rate = findRate(points, far ?? byDefault ?? '');
  if (rate) return rate;
  const rates = points.rates.map((rate) => rate.far);
  if (far === undefined) {
    const detail = `The variable ${variable} is none of the calibrated rates: ${rates.join(', ')}.`;
    throw new Refusal({ code: 'not_configured', detail });
  }
  const detail = `\`far\` is one of the calibrated rates: ${rates.join(', ')}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'far', rates });
}

/**
 * The false-positive identification rate that a search is decided at.
 *
 * @throws Refusal `invalid_request` for what is no calibrated rate, listing those that are;
 *   `not_configured` where the model was not calibrated for searches
 */
export function resolveFpir(fpir: FarInput, calibration: Calibration): number {
  const offered = offeredFpirs(operatingPointsFor(calibration, 1));
  const rates = offered.map((far) => ({ far, threshold: 0, val: 0 }));
  const rate = findRate({ rates }, fpir ?? DEFAULT_FPIR);
  if (rate) return rate.far;
  if (fpir === undefined) {
    const detail = `The model is not calibrated for searches at a rate of ${DEFAULT_FPIR}.`;
    throw new Refusal({ code: 'not_configured', detail });
  }
  const detail = `\`fpir\` is one of the calibrated rates: ${offered.join(', ')}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'fpir', rates: offered });
}
