/**
 * Every way a request can fail, as one tagged union, and its one wire form.
 *
 * Code anywhere in the Worker throws `new Refusal({ code: ... })`; only `answerFailure`
 * (`http/middleware.ts`) turns it into a response. The wire form is `application/problem+json`
 * (RFC 9457). Nothing here ever carries a picture, an embedding or a key. A code is also
 * explained by `api/schema/problems.ts`, listed by `../client/problem.ts`, and worded for people by `../web/words.ts`.
 */

/** The part of the request that is at fault, where one is. */
export type Field = string;

export type Failure =
  | { code: 'invalid_request'; detail: string; field?: Field; rates?: readonly number[] }
  | { code: 'unauthorized'; detail?: string; invalidToken?: boolean }
  | { code: 'forbidden'; detail?: string }
  | { code: 'not_found'; detail?: string; field?: Field }
  | { code: 'already_enrolled'; subject?: string }
  | { code: 'gallery_full'; detail: string }
  | { code: 'method_not_allowed'; allow: readonly string[] }
  | { code: 'payload_too_large'; detail: string; field?: Field }
  | { code: 'image_too_large'; detail: string; field?: Field }
  | { code: 'unsupported_format'; detail: string; field?: Field }
  | { code: 'undecodable_image'; detail: string; field?: Field }
  | { code: 'no_face'; detail?: string; field?: Field }
  /** `cure`: what helps where the request has no field `faces`. */
  | { code: 'multiple_faces'; count: number; cure?: string; field?: Field }
  | { code: 'face_too_small'; detail: string; field?: Field }
  | { code: 'low_quality'; detail: string; reasons: readonly string[]; field?: Field }
  | { code: 'template_invalid'; field?: Field }
  | { code: 'export_invalid'; field?: Field }
  | { code: 'template_expired'; field?: Field }
  | { code: 'template_model_mismatch'; field?: Field }
  | { code: 'challenge_invalid' }
  | { code: 'challenge_used' }
  | { code: 'login_failed' }
  | { code: 'subject_locked' }
  | { code: 'too_many_attempts'; retryAfterSeconds: number }
  | { code: 'rate_limited'; retryAfterSeconds: number }
  | { code: 'not_configured'; detail: string }
  | { code: 'overloaded'; retryAfterSeconds: number }
  | { code: 'unavailable'; detail?: string }
  | { code: 'internal' };

export type Code = Failure['code'];

/** A failure the caller is told about. Anything else that is thrown becomes `internal`. */
export class Refusal extends Error {
  /** @param reason what was wrong, for the log: a caller is not told */
  constructor(
    readonly failure: Failure,
    readonly reason?: string,
  ) {
    super('detail' in failure && failure.detail ? failure.detail : failure.code);
    this.name = 'Refusal';
  }

  /** The same failure, naming the picture it came from; a field already named is kept. */
  at(field: Field): Refusal {
    return new Refusal({ field, ...this.failure } as Failure, this.reason);
  }

  /** True where the caller is not at fault: the same request may pass a moment later. */
  get isOurs(): boolean {
    return OURS.has(this.failure.code);
  }
}

const OURS = new Set<Code>(['internal', 'not_configured', 'overloaded', 'unavailable']);

/** Runs what looks at one picture; what it refuses names the picture's field. */
export async function atField<T>(field: Field, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Refusal ? error.at(field) : error;
  }
}

/** The body of every answer that is not a success (RFC 9457 section 3). */
export interface Problem {
  /** Names the kind of problem; relative to the deployment, whose own pages explain it. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: Code;
  readonly requestId: string;
  readonly field?: Field;
  /** `invalid_request` about `far`: the rates this deployment is calibrated for. */
  readonly rates?: readonly number[];
  /** `already_enrolled`: as whom, for keys with the scope `identify`. */
  readonly subject?: string;
  /** `multiple_faces`: how many were found until it was clear. */
  readonly count?: number;
  /** `low_quality`: each thing that is wrong, as a word for programs. */
  readonly reasons?: readonly string[];
}

interface Wire {
  status: number;
  title: string;
  detail: string;
  headers?: Record<string, string>;
  members?: Pick<Problem, 'rates' | 'count' | 'reasons' | 'subject'>;
}

/** The one place where a failure becomes HTTP: a new code does not compile until it is here. */
function wire(failure: Failure): Wire {
  switch (failure.code) {
    case 'invalid_request': {
      const { detail, rates } = failure;
      const members = rates ? { rates } : {};
      return { status: 400, title: 'The request cannot be read', detail, members };
    }
    case 'unauthorized':
      return {
        status: 401,
        title: 'A valid API key is required',
        detail: failure.detail ?? 'Send an API key: `Authorization: Bearer KEY`.',
        // RFC 6750 section 3.1: no error code where no credentials were sent at all.
        headers: {
          'www-authenticate': `Bearer realm="visavis"${failure.invalidToken ? ', error="invalid_token"' : ''}`,
        },
      };
    case 'forbidden':
      return {
        status: 403,
        title: 'Not allowed',
        detail: failure.detail ?? 'The API key is valid, but not for this.',
      };
    case 'not_found':
      return {
        status: 404,
        title: 'No such resource',
        detail: failure.detail ?? 'Nothing is served at this path.',
      };
    // The subject is told only to keys that may ask for it.
    case 'already_enrolled':
      return {
        status: 409,
        title: 'Enrolled already',
        detail: 'The gallery has this person under another subject.',
        members: failure.subject === undefined ? {} : { subject: failure.subject },
      };
    case 'gallery_full':
      return { status: 409, title: 'The gallery is full', detail: failure.detail };
    case 'method_not_allowed': {
      const allow = failure.allow.join(', ');
      const detail = `This resource answers ${allow}.`;
      return { status: 405, title: 'Method not allowed', detail, headers: { allow } };
    }
    case 'payload_too_large':
      return { status: 413, title: 'Too many bytes', detail: failure.detail };
    case 'image_too_large':
      return { status: 413, title: 'Too many pixels', detail: failure.detail };
    case 'unsupported_format':
      return { status: 415, title: 'Not a picture format read here', detail: failure.detail };
    case 'undecodable_image':
      return { status: 422, title: 'The picture cannot be decoded', detail: failure.detail };
    case 'no_face':
      return {
        status: 422,
        title: 'No face found',
        detail: failure.detail ?? 'No face was found in the picture.',
      };
    case 'multiple_faces': {
      const { count, cure = CHOOSE_FACE } = failure;
      const detail = `At least ${count} faces were found where one was expected. ${cure}`;
      return { status: 422, title: 'More than one face', detail, members: { count } };
    }
    case 'face_too_small':
      return { status: 422, title: 'The face is too small', detail: failure.detail };
    case 'low_quality': {
      const { detail, reasons } = failure;
      return { status: 422, title: 'The picture is not good enough', detail, members: { reasons } };
    }
    // One answer for whatever is wrong with a token: what is more would tell about others' tokens.
    case 'template_invalid':
      return {
        status: 422,
        title: 'Not a valid template',
        detail:
          'It is not a template of this tenant and subject, or was changed, or sealed with another key.',
      };
    case 'export_invalid':
      return {
        status: 422,
        title: 'Not a valid page of an export',
        detail: 'It is not a page of this tenant, or was changed, or sealed with another key.',
      };
    case 'template_expired':
      return { status: 410, title: 'The template has expired', detail: 'Enrol the subject again.' };
    case 'template_model_mismatch':
      return {
        status: 409,
        title: 'The template is of another network',
        detail:
          'It was made by a network that does not serve this request. Enrol the subject again.',
      };
    case 'challenge_invalid':
      return {
        status: 422,
        title: 'Not a valid challenge',
        detail: 'It is not a challenge that can be answered here and now. Ask for a new one.',
      };
    case 'challenge_used':
      return {
        status: 409,
        title: 'The challenge has been used',
        detail: 'A challenge can be answered once. Ask for a new one.',
      };
    // A browser reads this: not a word on which step failed, or by how much.
    case 'login_failed':
      return {
        status: 403,
        title: 'Not logged in',
        detail: 'The login was refused. Ask for a new challenge to try again.',
      };
    case 'subject_locked':
      return {
        status: 423,
        title: 'Locked',
        detail: 'Too many logins have failed. Only the tenant can unlock this subject.',
      };
    case 'too_many_attempts':
      return {
        status: 429,
        title: 'Too many failed logins',
        detail: 'The next login has to wait.',
        headers: retryAfter(failure.retryAfterSeconds),
      };
    case 'rate_limited':
      return {
        status: 429,
        title: 'Too many requests',
        detail: 'The rate allowed here is used up for now.',
        headers: retryAfter(failure.retryAfterSeconds),
      };
    case 'internal':
      return {
        status: 500,
        title: 'Internal error',
        detail: 'Something failed on our side. The request id tells the operator which request.',
      };
    case 'not_configured':
      return { status: 503, title: 'Not configured', detail: failure.detail };
    case 'unavailable':
      return {
        status: 503,
        title: 'Not available',
        detail: failure.detail ?? 'Something failed on our side, and is made anew. Try again.',
        headers: retryAfter(UNAVAILABLE_RETRY_SECONDS),
      };
    case 'overloaded':
      return {
        status: 503,
        title: 'Too busy',
        detail: 'Too many requests are being worked on. Try again.',
        headers: retryAfter(failure.retryAfterSeconds),
      };
  }
}

const CHOOSE_FACE = 'Send `faces=largest` for the largest one, or a picture cut to one face.';

/** The networks are made anew in less. */
const UNAVAILABLE_RETRY_SECONDS = 2;

/** RFC 9110 section 10.2.3: whole seconds. */
function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(seconds))) };
}

/** The response for a failure. */
export function problem(failure: Failure, requestId: string): Response {
  const { status, title, detail, headers, members } = wire(failure);
  const body: Problem = {
    type: `/docs#${failure.code}`,
    title,
    status,
    detail,
    code: failure.code,
    requestId,
    ...('field' in failure && failure.field !== undefined ? { field: failure.field } : {}),
    ...members,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
