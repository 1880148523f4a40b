/**
 * The API for backends, which have a key. Keys never belong in browsers: whoever has one can ask
 * for distances, and with distances a picture can be bent until it passes.
 *
 * ```ts
 * import { Visavis } from 'visavis/client';
 *
 * const visavis = new Visavis({ url: 'https://faces.example', key: process.env.VISAVIS_KEY });
 * const { same } = await visavis.verify({ reference, probe });
 * ```
 */
import { readAnswer } from './problem.ts';
import type {
  AttemptsReport,
  Challenge,
  Enrolment,
  FacePolicy,
  Model,
  Picture,
  TemplateVerification,
  Verification,
} from './types.ts';

export interface VisavisOptions {
  /** Where the deployment is: its origin. */
  readonly url: string | URL;
  /** An API key. */
  readonly key: string;
  /** In place of the global `fetch`: for a service binding, a proxy, a test. */
  readonly fetch?: typeof fetch;
}

export interface VerifyOptions {
  readonly probe: Picture;
  /** One of the calibrated false-accept rates. */
  readonly far?: number;
  readonly faces?: FacePolicy;
}

export interface ChallengeOptions {
  readonly subject: string;
  readonly template: string;
  /** Who the assertion is for: one of the tenant's registered audiences. */
  readonly audience: string;
  /** Yours, fresh, kept with the session: 16 to 128 characters of `A-Za-z0-9._~-`. */
  readonly nonce: string;
  /** Not looser than 1e-3. */
  readonly far?: number;
}

/** Every method throws `VisavisError` for an answer that is no success. */
export class Visavis {
  readonly #url: string | URL;
  readonly #key: string;
  readonly #fetch: typeof fetch;

  constructor({ url, key, fetch = globalThis.fetch }: VisavisOptions) {
    this.#url = url;
    this.#key = key;
    this.#fetch = (input, init) => fetch(input, init);
  }

  /** Do two pictures show one person? */
  verify(options: VerifyOptions & { readonly reference: Picture }): Promise<Verification>;
  /** Does a picture show the person of a template, enrolled as this subject? */
  verify(
    options: VerifyOptions & { readonly reference: string; readonly subject: string },
  ): Promise<TemplateVerification>;
  verify(
    options: VerifyOptions & { readonly reference: Picture | string; readonly subject?: string },
  ): Promise<Verification | TemplateVerification> {
    const { reference, probe, subject, far, faces } = options;
    const form = new FormData();
    if (typeof reference === 'string') form.set('reference', reference);
    else form.set('reference', blob(reference), 'reference');
    form.set('probe', blob(probe), 'probe');
    setText(form, { subject, far, faces });
    return this.#send('POST', '/v1/verify', form);
  }

  /**
   * Makes a template of 1 to 5 pictures of one person. `subject` is your own, opaque id of the
   * person, 1 to 128 characters of `A-Za-z0-9._~@:+-`; `days` is how long it is valid (365).
   */
  enrol(options: {
    readonly subject: string;
    readonly images: readonly Picture[];
    readonly days?: number;
  }): Promise<Enrolment> {
    const form = new FormData();
    for (const image of options.images) form.append('image', blob(image), 'image');
    setText(form, { subject: options.subject, days: options.days });
    return this.#send('POST', '/v1/templates', form);
  }

  /** Begins a login; the answer goes to the browser. */
  challenge(options: ChallengeOptions): Promise<Challenge> {
    return this.#send('POST', '/v1/challenges', options);
  }

  /** How many logins of this subject failed in a row, and what follows from it. */
  attempts(subject: string): Promise<AttemptsReport> {
    return this.#send('GET', attemptsPath(subject));
  }

  /** Opens a delayed or locked subject again. */
  resetAttempts(subject: string): Promise<void> {
    return this.#send('DELETE', attemptsPath(subject));
  }

  /** Which network answers, and its thresholds. */
  model(): Promise<Model> {
    return this.#send('GET', '/v1/model');
  }

  async #send<T>(method: string, path: string, body?: FormData | object): Promise<T> {
    const json = body !== undefined && !(body instanceof FormData);
    const headers: Record<string, string> = { authorization: `Bearer ${this.#key}` };
    if (json) headers['content-type'] = 'application/json';
    const sent = body === undefined ? {} : { body: json ? JSON.stringify(body) : body };
    const response = await this.#fetch(new URL(path, this.#url), { method, headers, ...sent });
    return readAnswer<T>(response);
  }
}

function attemptsPath(subject: string): string {
  return `/v1/subjects/${encodeURIComponent(subject)}/attempts`;
}

function setText(form: FormData, fields: Record<string, string | number | undefined>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.set(name, String(value));
  }
}

function blob(picture: Picture): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}
