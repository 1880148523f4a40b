/** `POST /v1/verify`: do two pictures show one person, at a false-accept rate? */
import type { Handler } from 'hono';
import { Refusal } from '../errors.ts';
import { type Calibration, findRate, type Rate } from '../face/calibration.ts';
import { FACE_POLICIES, type FacePolicy } from '../face/locate.ts';
import { withForm } from './form.ts';
import type { Api, Services } from './services.ts';

const SHAPE = { pictures: ['reference', 'probe'], options: ['far', 'faces'] } as const;

export const verify =
  (services: Services): Handler<Api> =>
  async (c) => {
    // The first request of an isolate makes the networks ready while its body is on the way.
    const loading = services.verifier(c.env.MODEL);
    loading.catch(() => {}); // rethrown below, unless the body is refused first
    const verification = await withForm(c.req.raw, SHAPE, async ({ pictures, options }) => {
      const faces = facePolicy(options.faces);
      const verifier = await loading;
      const rate = findRateOr(options.far, c.env.DEFAULT_FAR, verifier.calibration);
      return verifier.verify({ ...pictures, rate, faces });
    });
    return c.json(verification);
  };

/** One policy for both pictures. */
function facePolicy(text: string | undefined): FacePolicy {
  if (text === undefined) return 'dominant';
  const policy = FACE_POLICIES.find((policy) => policy === text);
  if (policy) return policy;
  const detail = `\`faces\` is one of ${FACE_POLICIES.join(', ')}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'faces' });
}

function findRateOr(far: string | undefined, byDefault: string, calibration: Calibration): Rate {
  const rate = findRate(calibration, far ?? byDefault);
  if (rate) return rate;
  if (far === undefined) {
    const detail = 'DEFAULT_FAR is not a rate that the model is calibrated for.';
    throw new Refusal({ code: 'not_configured', detail });
  }
  const rates = calibration.rates.map((rate) => rate.far);
  const detail = `\`far\` is one of the calibrated rates: ${rates.join(', ')}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'far', rates });
}
