/**
 * The API for backends, which have a key. Keys never belong in browsers: whoever has one can ask
 * for distances, and with distances a picture can be bent until it passes.
 *
 * ```ts
 * import { Visavis } from 'visavis';
 *
 * const visavis = new Visavis({ url: 'https://faces.example', key: process.env.VISAVIS_KEY });
 * const { same } = await visavis.verify({ reference, probe });
 * ```
 */
import { ConfigurationError } from './errors.ts';
import { appendPicture, appendPictures, queryOf, setText } from './form.ts';
import { Gallery } from './gallery.ts';
import { parseOrigin } from './origin.ts';
import { type CallOptions, CLUSTER_TIMEOUT_MS, exchange, RETRIES } from './transport.ts';
import type {
  AttemptsReport,
  Challenge,
  Clusters,
  Enrolment,
  FacePolicy,
  Galleries,
  Identification,
  IdentifiedFace,
  Model,
  ModelCard,
  Picture,
  QualityPolicy,
  TemplateUndecided,
  TemplateVerification,
  Undecided,
  Verification,
} from './types.ts';

export interface VisavisOptions {
  /** Origin of the deployment. */
  readonly url: string | URL | undefined;
  /** An API key. */
  readonly key: string | undefined;
  /**
   * A `fetch` in place of the global one: for a proxy, a test, or a service binding, whose own needs its object:
   * `(input, init) => env.FACES.fetch(input, init)`.
   */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds that one attempt may take; 30,000 unless said, 120,000 for `cluster`. */
  readonly timeoutMs?: number | undefined;
  /**
   * Number of times to try again when the network fails or the deployment is busy (`rate_limited`,
   * `overloaded`), after `Retry-After` where that is at most 10 s; 2 unless said.
   */
  readonly retries?: number | undefined;
}

export interface VerifyOptions {
  readonly probe: Picture;
  /** One of the calibrated false-accept rates. */
  readonly far?: number | undefined;
  readonly faces?: FacePolicy | undefined;
  /** `enforce` (default) refuses a picture below the quality floor; `report` decides nothing then. */
  readonly quality?: QualityPolicy | undefined;
}

export interface ChallengeOptions {
  readonly subject: string;
  readonly template: string;
  /** Audience of the assertion: one of the tenant's registered ones. */
  readonly audience: string;
  /** Yours, fresh, kept with the session: 16 to 128 characters of `A-Za-z0-9._~-`. */
  readonly nonce: string;
  /** False-accept rate, 1e-3 or stricter. */
  readonly far?: number | undefined;
}

export interface ClusterOptions {
  /** 2 to 64 pictures. */
  readonly images: readonly Picture[];
  /** Calibrated false-accept rate whose threshold groups are held to. */
  readonly far?: number | undefined;
  /** True where a picture may show one person twice, as collages and mirrors do. */
  readonly collages?: boolean | undefined;
}

export interface IdentifyOptions {
  readonly probe: Picture;
  /** Gallery to search; or, instead, `templates`. */
  readonly gallery?: string | undefined;
  /** Up to 1,000 templates of the tenant. */
  readonly templates?: readonly string[] | undefined;
  /** False-positive identification rate; one of `model().calibration.fpirs`. */
  readonly fpir?: number | undefined;
  /** Number of subjects to rank, up to 10. */
  readonly top?: number | undefined;
  readonly faces?: FacePolicy | 'all' | undefined;
  /** Treatment of a face below the quality floor. Default: `enforce`. */
  readonly quality?: QualityPolicy | undefined;
}

/**
 * The API of one deployment.
 *
 * Every method throws `ApiError` for an answer that is no success, and `ConnectionError` where no
 * answer came; `signal` and `timeoutMs` of its last argument bound the call.
 */
export class Visavis {
  readonly #url: URL;
  readonly #key: string;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number | undefined;
  readonly #retries: number;

  /** @throws ConfigurationError when there is no key, or `key` or `url` is none */
  constructor(options: VisavisOptions) {
    const { url, key, fetch = globalThis.fetch, timeoutMs, retries = RETRIES } = options;
    this.#key = parseKey(key);
    this.#url = parseOrigin(url);
    this.#fetch = (input, init) => fetch(input, init);
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
  }

  /**
   * Verification of two pictures: whether they show one person.
   *
   * @example
   * ```ts
   * const { same } = await visavis.verify({ reference: await readFile('id.jpg'), probe });
   * ```
   */
  verify(
    options: VerifyOptions & {
      readonly reference: Picture;
      readonly quality?: 'enforce' | undefined;
    },
    call?: CallOptions,
  ): Promise<Verification>;
  verify(
    options: VerifyOptions & { readonly reference: Picture },
    call?: CallOptions,
  ): Promise<Verification | Undecided>;
  /** Verification of a picture against a template, enrolled as this subject. */
  verify(
    options: VerifyOptions & {
      readonly reference: string;
      readonly subject: string;
      readonly quality?: 'enforce' | undefined;
    },
    call?: CallOptions,
  ): Promise<TemplateVerification>;
  verify(
    options: VerifyOptions & { readonly reference: string; readonly subject: string },
    call?: CallOptions,
  ): Promise<TemplateVerification | TemplateUndecided>;
  async verify(
    options: VerifyOptions & {
      readonly reference: Picture | string;
      readonly subject?: string | undefined;
    },
    call?: CallOptions,
  ): Promise<Verification | TemplateVerification | Undecided | TemplateUndecided> {
    const { reference, probe, subject, far, faces, quality } = options;
    const form = new FormData();
    if (typeof reference === 'string') form.set('reference', reference);
    else appendPicture(form, 'reference', reference);
    appendPicture(form, 'probe', probe);
    setText(form, { subject, far, faces, quality });
    return this.#send('POST', '/v1/verify', call, form);
  }

  /**
   * Makes a template of 1 to 5 pictures of one person. `subject` is your own, opaque id of the
   * person, 1 to 128 characters of `A-Za-z0-9._~@:+-`; `days` is how long it is valid (365).
   *
   * @example
   * ```ts
   * const { template } = await visavis.enrol({ subject: user.id, images: [front, left, right] });
   * ```
   */
  async enrol(
    options: {
      readonly subject: string;
      readonly images: readonly Picture[];
      readonly days?: number | undefined;
      /**
       * A gallery: refused as `already_enrolled` where the person is in it as another subject, as
       * `not_found` where there is no such gallery.
       */
      readonly unique?: string | undefined;
      /** False-positive identification rate of that search. */
      readonly fpir?: number | undefined;
    },
    call?: CallOptions,
  ): Promise<Enrolment> {
    const form = new FormData();
    appendPictures(form, 'image', options.images);
    const { subject, days, unique, fpir } = options;
    setText(form, { subject, days, unique, fpir });
    return this.#send('POST', '/v1/templates', call, form);
  }

  /**
   * Begins a login; the answer goes to the browser as it is.
   *
   * @example
   * ```ts
   * const challenge = await visavis.challenge({ subject, template, audience, nonce });
   * ```
   */
  challenge(options: ChallengeOptions, call?: CallOptions): Promise<Challenge> {
    return this.#send('POST', '/v1/challenges', call, options);
  }

  /** Number of logins of this subject that failed in a row, and what follows from it. */
  attempts(subject: string, call?: CallOptions): Promise<AttemptsReport> {
    return this.#send('GET', attemptsPath(subject), call);
  }

  /** Opens a delayed or locked subject again. */
  resetAttempts(subject: string, call?: CallOptions): Promise<void> {
    return this.#send('DELETE', attemptsPath(subject), call);
  }

  /**
   * Identification of a person, in a gallery or among templates.
   *
   * @example
   * ```ts
   * const { faces } = await visavis.identify({ probe, gallery: 'staff', fpir: 0.01 });
   * ```
   */
  identify(
    options: IdentifyOptions & {
      readonly faces?: FacePolicy | undefined;
      readonly quality?: 'enforce' | undefined;
    },
    call?: CallOptions,
  ): Promise<Identification<IdentifiedFace>>;
  /** Identification where faces below the quality floor may be among those of the answer. */
  identify(options: IdentifyOptions, call?: CallOptions): Promise<Identification>;
  async identify(options: IdentifyOptions, call?: CallOptions): Promise<Identification> {
    const { probe, gallery, templates, fpir, top, faces, quality } = options;
    const form = new FormData();
    appendPicture(form, 'probe', probe);
    setText(form, { gallery, templates: templates?.join('\n'), fpir, top, faces, quality });
    return this.#send('POST', '/v1/identify', call, form);
  }

  /**
   * Groups of the faces of 2 to 64 pictures, one a person.
   *
   * @example
   * ```ts
   * const { faces, groups } = await visavis.cluster({ images });
   * ```
   */
  async cluster(options: ClusterOptions, call?: CallOptions): Promise<Clusters> {
    const { images, far, collages } = options;
    const form = new FormData();
    appendPictures(form, 'image', images);
    setText(form, { far, collages });
    const timeoutMs = call?.timeoutMs ?? this.#timeoutMs ?? CLUSTER_TIMEOUT_MS;
    return this.#send('POST', '/v1/clusters', { ...call, timeoutMs }, form);
  }

  /**
   * A page of the tenant's galleries, in the order of their names.
   *
   * @example
   * ```ts
   * const { galleries, cursor } = await visavis.galleries();
   * ```
   */
  galleries(
    options: {
      readonly cursor?: string | null | undefined;
      readonly limit?: number | undefined;
    } = {},
    call?: CallOptions,
  ): Promise<Galleries> {
    return this.#send('GET', `/v1/galleries${queryOf(options)}`, call);
  }

  /** A gallery of the tenant, by its name. */
  gallery(name: string): Gallery {
    const path = `/v1/galleries/${encodeURIComponent(name)}`;
    return new Gallery((method, below, call, body) => this.#send(method, path + below, call, body));
  }

  /** The network that answers, and its thresholds. */
  model(call?: CallOptions): Promise<Model> {
    return this.#send('GET', '/v1/model', call);
  }

  /** Accuracy of the network as it was measured: some 100 KB. */
  modelCard(call?: CallOptions): Promise<ModelCard> {
    return this.#send('GET', '/v1/model/card', call);
  }

  async #send<T>(
    method: string,
    path: string,
    call: CallOptions = {},
    body?: FormData | object,
  ): Promise<T> {
    const url = new URL(path, this.#url);
    // `.` and `..` mean a folder, however they are encoded (RFC 3986 section 5.2.4).
    if (url.pathname + url.search !== path) {
      const message = `A subject or a gallery of this name cannot be: ${path}.`;
      throw new ConfigurationError('invalid_name', message);
    }
    const json = body !== undefined && !(body instanceof FormData);
    const headers: Record<string, string> = { authorization: `Bearer ${this.#key}` };
    if (json) headers['content-type'] = 'application/json';
    const sent = body === undefined ? {} : { body: json ? JSON.stringify(body) : body };
    return exchange<T>({
      url,
      init: { method, headers, ...sent },
      fetch: this.#fetch,
      retries: this.#retries,
      signal: call.signal,
      timeoutMs: call.timeoutMs ?? this.#timeoutMs,
    });
  }
}

/**
 * A key without the white space around it, as the last line of a file has.
 *
 * @throws ConfigurationError for one that no header can carry: sending it would look like a network
 *   that fails
 */
function parseKey(given: string | undefined): string {
  const key = given?.trim();
  if (!key) throw new ConfigurationError('missing_key', '`key` is missing: an API key.');
  if (!/^[!-~]+$/.test(key)) {
    const message = '`key` has white space in it, or characters that no API key has.';
    throw new ConfigurationError('invalid_key', message);
  }
  return key;
}

function attemptsPath(subject: string): string {
  return `/v1/subjects/${encodeURIComponent(subject)}/attempts`;
}
