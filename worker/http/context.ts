/** Context of the routes: the face pipeline and the caller, without their making. */

import type { Caller } from '../auth/api-keys.ts';
import type { RateConfig } from '../auth/rate-limits.ts';
import type { Tenant, TenantConfig } from '../auth/tenants.ts';
import type { Calibration, OfferedRates } from '../face/decision/calibration.ts';
import type { FaceChoice } from '../face/detection/policy.ts';
import type { EmbeddedFace } from '../face/embed-faces.ts';
import type { Template } from '../face/embedding/template.ts';
import type { Enrolment } from '../face/enrol.ts';
import type {
  TemplateUndecided,
  TemplateVerification,
  Undecided,
  Verification,
  VerifyInput,
  VerifyTemplateInput,
} from '../face/verify.ts';
import type { Gallery, GalleryConfig } from '../gallery/durable-object.ts';
import type { Entry, Events } from '../log.ts';
import type { AssertionConfig } from '../login/assertion.ts';
import type { Attempts } from '../login/attempts.ts';
import type { Outcome, RespondInput } from '../login/challenge-response.ts';
import type { Challenge } from '../login/challenge-token.ts';

/** The bindings of wrangler.toml, the secrets, and what `npm start` adds. */
export interface Env extends TenantConfig, GalleryConfig, AssertionConfig, RateConfig {
  /** The false-accept rate of a request that names none. */
  readonly DEFAULT_FAR: string;
  /** The same for logins, where it is never looser than 1e-3. */
  readonly LOGIN_FAR: string;
  /** The embedding network that serves, or `FAST+SLOW`, a cascade of two. */
  readonly MODEL: string;
  /** The network that served before; its templates stay good until they expire. */
  readonly MODEL_PREVIOUS?: string;
  /** `on` serves the demo page on a deployment; in development it is always there. */
  readonly DEMO?: string;
  /** Counters of requests: a data set of Workers Analytics Engine. */
  readonly EVENTS?: Events;
  /** Issuer of assertions. Only in development it may be missing. */
  readonly ISSUER?: string;
  /** Login attempts, one object a tenant and subject. Without it there is no login. */
  readonly ATTEMPTS?: DurableObjectNamespace<Attempts>;
  /** Galleries, one object each. Without it there are none. */
  readonly GALLERY?: DurableObjectNamespace<Gallery>;
  /** Files that `npm run build` made for browsers. */
  readonly ASSETS?: Pick<Fetcher, 'fetch'>;
}

/** `Env` for Hono, and what its middleware leaves for the handlers. */
export interface Api {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** The request's line in the log. */
    entry: Entry;
    /** Subject that the request is about, for the log's pseudonym. */
    subject: string | undefined;
    caller: Caller;
    /** Loads a network by name, without one that which serves; its work waits for turns. Set by `body`. */
    load: (name?: string) => Promise<Model>;
    /** Challenge of an answer, once it is known to be good here and now. */
    challenge: Challenge;
    /** Tenant whose pages alone may read the answer, once that is known: `requireOrigin`. */
    pagesOf: Tenant | undefined;
  };
}

/** Comparisons that a template is made for. */
export type TemplatePurpose = 'verification' | 'search';

/** A deployed network, or the two of a cascade, with the pipeline around it, ready to run. */
export interface Model {
  readonly calibration: Calibration;
  /** Rates that are offered for two pictures. */
  readonly pairs: OfferedRates;
  /** Rates that are offered for a template and a picture. @throws Refusal `not_configured` */
  templateRates(template: Template): OfferedRates;
  /** @throws Refusal with the field of the picture at fault */
  verify(input: VerifyInput): Promise<Verification | Undecided>;
  /** @throws Refusal with the field `probe` */
  verifyTemplate(input: VerifyTemplateInput): Promise<TemplateVerification | TemplateUndecided>;
  /**
   * @param use what the template is for, default `verification`: searches are by one network
   * @throws Refusal with the field of the picture at fault
   */
  enrol(images: readonly Uint8Array[], use?: TemplatePurpose): Promise<Enrolment>;
  /** A picture's faces with their embeddings. @throws Refusal with this field */
  faces(picture: Uint8Array, choice: FaceChoice, field: string): Promise<EmbeddedFace[]>;
  /** Judges a picture by its header. @throws Refusal for what would not be decoded */
  inspect(picture: Uint8Array): void;
  respond(input: RespondInput): Promise<Outcome>;
  /** Runs each network once. @throws Error where one does not run, or gives what cannot be */
  check(): Promise<void>;
}

/** Card of a network, as `GET /v1/model/card` gives it. */
export interface ModelCard {
  readonly name: string;
  /** SHA-256 of the weights as deployed, in hex. */
  readonly sha256: string;
  /** SHA-256 of the detector and of the landmark network, in hex. */
  readonly detectorSha256: string;
  readonly landmarkerSha256: string;
  /** Width and height, in pixels, of the crop that the network reads. */
  readonly input: { readonly width: number; readonly height: number };
  readonly dimension: number;
  readonly calibration: Calibration;
  /** Measured by `npm run tool -- card`. */
  readonly accuracy: unknown;
  /** Rates of a cascade, which pictures and templates are compared at, and its fast network. */
  readonly cascade?: OfferedRates & {
    readonly model: string;
    readonly fast: string;
    readonly templates: readonly (OfferedRates & { readonly pictures: number })[];
  };
}

/** The networks that are deployed, by name: `NAME`, or `FAST+SLOW` for a cascade. */
export interface Models {
  /** @throws Refusal `not_configured` for a network that is not deployed, or a cascade that was not measured */
  load(name: string): Promise<Model>;
  /** The card of the network, in a cascade of the slow one. @throws Refusal `not_configured`, as `load` */
  card(name: string): ModelCard;
}
