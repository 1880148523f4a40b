/**
 * The face as a second step, for backends: what the Hono middleware and the Better Auth plug-in
 * share.
 */
import type { Visavis } from './api.ts';
import {
  type AssertionClaims,
  type AssertionExpectations,
  AssertionRefused,
  verifyAssertion,
} from './assertion.ts';
import { VisavisError } from './errors.ts';
import { ApiError } from './problem.ts';
import { StepUpRefused } from './step-up-error.ts';
import type { Challenge, Enrolment, Picture } from './types.ts';

/** The relying party: itself, and the deployment that it trusts. */
export interface RelyingParty
  extends Pick<AssertionExpectations, 'issuer' | 'audience' | 'tenant' | 'jwks' | 'jwksUrl'> {
  readonly visavis: Pick<Visavis, 'challenge' | 'enrol' | 'resetAttempts'>;
}

/**
 * Begins a second step. The nonce is to be kept with the session, the challenge goes to the browser.
 * @throws StepUpRefused
 */
export async function beginStepUp(
  { visavis, audience }: RelyingParty,
  { subject, template }: { readonly subject: string; readonly template: string | null | undefined },
): Promise<{ nonce: string; challenge: Challenge }> {
  if (template == null) throw new StepUpRefused('not_enrolled');
  const nonce = crypto.randomUUID();
  const request = { subject, template, audience, nonce };
  return { nonce, challenge: await visavis.challenge(request).catch(refuse) };
}

/** Ends a second step: checks that the assertion is about this nonce and subject. @throws StepUpRefused */
export function finishStepUp(
  party: RelyingParty,
  login: Pick<AssertionExpectations, 'nonce' | 'subject' | 'seen'> & { readonly assertion: string },
): Promise<AssertionClaims> {
  const { issuer, audience, tenant, jwks, jwksUrl } = party;
  const { assertion, ...rest } = login;
  const expected = { issuer, audience, tenant, jwks, jwksUrl, ...rest };
  return verifyAssertion(assertion, expected).catch(refuse);
}

/** 1 to 5 pictures, as `enrolFace` of `visavis/browser` sends them. */
const MAX_ENROL_BYTES = 4 * 1024 * 1024;

/**
 * Pictures of a request to set up a face, with the person's consent beside them.
 *
 * @throws StepUpRefused
 */
export async function readEnrolment(request: Request): Promise<Blob[]> {
  const form = await boundedForm(request);
  if (form.get('consent') !== 'yes') throw new StepUpRefused('confirm_first');
  return form.getAll('image').filter((image) => image instanceof Blob);
}

/** Form of a body that is not read past its bound, whatever length it says it has. */
async function boundedForm({ body, headers }: Request): Promise<FormData> {
  let left = MAX_ENROL_BYTES;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      left -= bytes.byteLength;
      if (left < 0) controller.error(new RangeError('too large'));
      else controller.enqueue(bytes);
    },
  });
  try {
    const type = { 'content-type': headers.get('content-type') ?? '' };
    return await new Response(body?.pipeThrough(bound), { headers: type }).formData();
  } catch (error) {
    const reasons = left < 0 ? ['payload_too_large'] : [];
    throw new StepUpRefused('picture', { reasons }, { cause: error });
  }
}

export interface FaceEnrolment {
  readonly subject: string;
  readonly images: readonly Picture[];
  /** Keeps the template, in place of the former one. */
  keep(enrolment: Enrolment): Promise<void> | void;
}

/**
 * Enrols, keeps the template, and only then forgets failures from before.
 *
 * @throws StepUpRefused; where the failures cannot be forgotten the template is kept all the same
 */
export async function enrolFace(
  party: RelyingParty,
  { subject, images, keep }: FaceEnrolment,
): Promise<void> {
  if (images.length < 1 || images.length > 5) throw new StepUpRefused('picture');
  await keep(await party.visavis.enrol({ subject, images }).catch(refuse));
  await forgetFailures(party, subject);
}

/** Resets the failed attempts of a subject. @throws StepUpRefused */
export async function forgetFailures({ visavis }: RelyingParty, subject: string): Promise<void> {
  await visavis.resetAttempts(subject).catch(refuse);
}

function refuse(error: unknown): never {
  const cause = { cause: error };
  if (error instanceof AssertionRefused) throw new StepUpRefused('refused', {}, cause);
  if (!(error instanceof VisavisError)) throw error;
  if (!(error instanceof ApiError)) throw new StepUpRefused('unavailable', {}, cause);
  const { retryAfterSeconds, problem } = error;
  switch (error.code) {
    case 'template_expired':
    case 'template_invalid':
    case 'template_model_mismatch':
      throw new StepUpRefused('enrol_again', {}, cause);
    case 'too_many_attempts':
    case 'rate_limited':
    case 'overloaded':
      throw new StepUpRefused('wait', { retryAfterSeconds }, cause);
    case 'subject_locked':
      throw new StepUpRefused('locked', {}, cause);
    case 'low_quality':
    case 'no_face':
    case 'multiple_faces':
    case 'face_too_small':
    case 'undecodable_image':
    case 'unsupported_format':
    case 'image_too_large':
    case 'payload_too_large': {
      const { reasons = [error.code], field } = problem;
      throw new StepUpRefused('picture', { reasons, field }, cause);
    }
    default:
      throw new StepUpRefused('unavailable', {}, cause);
  }
}
