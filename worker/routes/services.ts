/** What the routes are handed: the face pipeline and the caller, without their making. */
import type { Caller, KeyConfig } from '../access/keys.ts';
import type { Calibration } from '../face/calibration.ts';
import type { Verification, VerifyInput } from '../face/verify.ts';

/** The bindings of wrangler.toml, the secrets, and what `npm start` adds. */
export interface Env extends KeyConfig {
  /** The false-accept rate of a request that names none. */
  readonly DEFAULT_FAR: string;
  /** The embedding network that serves. */
  readonly MODEL: string;
}

/** `Env` for Hono, and what its middleware leaves for the handlers. */
export interface Api {
  Bindings: Env;
  Variables: { requestId: string; caller: Caller };
}

/** One embedding network with the pipeline around it, ready to run. */
export interface Verifier {
  readonly calibration: Calibration;
  /** @throws Refusal with the field of the picture at fault */
  verify(input: VerifyInput): Promise<Verification>;
}

/** What is known about a network, as `GET /v1/model` gives it. */
export interface ModelCard {
  readonly name: string;
  /** Of the weights as deployed, in hex. */
  readonly sha256: string;
  /** Width and height, in pixels, of the crop that the network reads. */
  readonly input: { readonly width: number; readonly height: number };
  readonly dimension: number;
  readonly calibration: Calibration;
  /** Measured by `npm run evaluate`. */
  readonly accuracy: unknown;
}

export interface Services {
  /** @throws Refusal `not_configured` for a name that is not deployed */
  verifier(model: string): Promise<Verifier>;
  /** @throws Refusal `not_configured` for a name that is not deployed */
  card(model: string): ModelCard;
}
