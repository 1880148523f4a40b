/**
 * The errors of this package: one base class, and a `code` that programs can branch on.
 *
 * ```ts
 * try {
 *   await visavis.verify({ reference, probe });
 * } catch (error) {
 *   if (!(error instanceof VisavisError)) throw error;
 *   if (error.code === 'no_face') askForAnotherPicture();
 * }
 * ```
 */

/** Base of every error that this package throws. */
export abstract class VisavisError<Code extends string = string> extends Error {
  /** Code of the error; each subclass has its own union. */
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type ConfigurationCode =
  | 'missing_key'
  | 'invalid_key'
  | 'invalid_url'
  | 'invalid_name'
  | 'invalid_number'
  | 'invalid_picture';

/**
 * A call that cannot work: no API key or URL, a name that is none in a path, a limit that is no
 * number, a picture that is none.
 */
export class ConfigurationError extends VisavisError<ConfigurationCode> {
  override readonly name = 'ConfigurationError';
}

export type ConnectionCode = 'timeout' | 'unreachable';

/** No answer came: the time was up, or the network failed. `cause` has what was thrown. */
export class ConnectionError extends VisavisError<ConnectionCode> {
  override readonly name = 'ConnectionError';
}
