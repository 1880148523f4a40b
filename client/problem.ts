/** An answer that is no success: RFC 9457 problem details, as an error. */

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  /** The part of the request at fault, as `probe` or `image[2]`. */
  readonly field?: string;
  /** `low_quality`: what is wrong with the picture. */
  readonly reasons?: readonly string[];
  /** `invalid_request` about `far`: the calibrated rates. */
  readonly rates?: readonly number[];
}

/** Thrown for every answer that is not a success. */
export class VisavisError extends Error {
  override readonly name = 'VisavisError';

  constructor(
    readonly problem: Problem,
    /** From `Retry-After`, where the answer has one. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/**
 * The body of a success.
 *
 * @throws VisavisError for everything else, also when what answered is not the API
 */
export async function readAnswer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const seconds = response.headers.get('retry-after');
  const wait = seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) : undefined;
  throw new VisavisError(isProblem(body) ? body : unexpected(response), wait);
}

function isProblem(body: unknown): body is Problem {
  const { code, detail } = (body ?? {}) as Record<string, unknown>;
  return typeof code === 'string' && typeof detail === 'string';
}

/** A proxy, a captive portal, a wrong address. */
function unexpected({ status }: Response): Problem {
  const title = 'Not an answer of the API';
  const detail = `Something else answered, with HTTP status ${status}.`;
  return { type: 'about:blank', title, status, detail, code: 'unexpected_answer', requestId: '' };
}
