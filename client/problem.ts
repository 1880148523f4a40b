/** An answer that is no success: RFC 9457 problem details, as an error. */
import { VisavisError } from './errors.ts';

/** Codes of the API; `/docs` of a deployment explains each. A test holds them to the Worker's. */
export type ProblemCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'image_too_large'
  | 'unsupported_format'
  | 'undecodable_image'
  | 'no_face'
  | 'multiple_faces'
  | 'face_too_small'
  | 'low_quality'
  | 'template_invalid'
  | 'template_expired'
  | 'template_model_mismatch'
  | 'challenge_invalid'
  | 'challenge_used'
  | 'login_failed'
  | 'subject_locked'
  | 'too_many_attempts'
  | 'already_enrolled'
  | 'export_invalid'
  | 'gallery_full'
  | 'rate_limited'
  | 'not_configured'
  | 'overloaded'
  | 'unavailable'
  | 'internal';

/** `unexpected_answer`: something that is not the API answered: a proxy, a captive portal. */
export type ApiErrorCode = ProblemCode | 'unexpected_answer';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ApiErrorCode;
  readonly requestId: string;
  /** The part of the request at fault, as `probe` or `image[2]`. */
  readonly field?: string;
  /** `low_quality`: what is wrong with the picture. */
  readonly reasons?: readonly string[];
  /** `already_enrolled`: as whom, for keys with the scope `identify`. */
  readonly subject?: string;
  /** `multiple_faces`: number found until it was clear. */
  readonly count?: number;
  /** `invalid_request` about `far` or `fpir`: the calibrated rates. */
  readonly rates?: readonly number[];
}

/**
 * The API answered, and not with a success.
 *
 * @example
 * ```ts
 * if (error instanceof ApiError && error.code === 'low_quality') show(error.problem.reasons);
 * ```
 */
export class ApiError extends VisavisError<ApiErrorCode> {
  override readonly name = 'ApiError';

  constructor(
    readonly problem: Problem,
    /** Seconds of `Retry-After`, where the answer has one. */
    readonly retryAfterSeconds?: number,
  ) {
    super(problem.code, `${problem.code}: ${problem.detail}`);
  }

  /** HTTP status. */
  get status(): number {
    return this.problem.status;
  }
}

/**
 * The body of a success.
 *
 * @throws ApiError for everything else, also when what answered is not the API
 */
export async function readAnswer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch((error) => {
    if (error instanceof SyntaxError) return undefined;
    throw error; // the connection broke, or the time was up: not the answer's fault
  });
  // Bun reads `null` from an empty body.
  if (response.ok && typeof body === 'object' && body !== null) return body as T;
  throw new ApiError(isProblem(body) ? body : unexpected(response), retryAfter(response));
}

/** Whole seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

function isProblem(body: unknown): body is Problem {
  const { code, detail } = (body ?? {}) as Record<string, unknown>;
  return typeof code === 'string' && typeof detail === 'string';
}

function unexpected(response: Response): Problem {
  const { status } = response;
  const title = 'Not an answer of the API';
  const detail = isRedirect(response)
    ? `The request was redirected to ${response.headers.get('location') ?? 'another address'}.`
    : `Something else answered, with HTTP status ${status}.`;
  return { type: 'about:blank', title, status, detail, code: 'unexpected_answer', requestId: '' };
}

/** Browsers tell neither its status nor where to (an opaque-redirect response of the Fetch standard). */
function isRedirect({ status }: Response): boolean {
  return status === 0 || (status >= 300 && status < 400);
}
