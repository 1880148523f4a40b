import { describe, expect, it } from 'vitest';
import { type Code, type Failure, type Problem, problem, Refusal } from '../worker/errors.ts';

/** One failure of each code: a new code does not compile until it is here. */
const EVERY: { [C in Code]: [status: number, failure: Extract<Failure, { code: C }>] } = {
  invalid_request: [400, { code: 'invalid_request', detail: 'why', field: 'far', rates: [0.1] }],
  unauthorized: [401, { code: 'unauthorized' }],
  forbidden: [403, { code: 'forbidden' }],
  not_found: [404, { code: 'not_found' }],
  method_not_allowed: [405, { code: 'method_not_allowed', allow: ['GET', 'HEAD'] }],
  payload_too_large: [413, { code: 'payload_too_large', detail: 'why', field: 'probe' }],
  image_too_large: [413, { code: 'image_too_large', detail: 'why', field: 'probe' }],
  unsupported_format: [415, { code: 'unsupported_format', detail: 'why', field: 'probe' }],
  undecodable_image: [422, { code: 'undecodable_image', detail: 'why', field: 'probe' }],
  no_face: [422, { code: 'no_face', field: 'probe' }],
  multiple_faces: [422, { code: 'multiple_faces', count: 3, field: 'probe' }],
  face_too_small: [422, { code: 'face_too_small', detail: 'why', field: 'probe' }],
  low_quality: [
    422,
    { code: 'low_quality', detail: 'why', reasons: ['blurred', 'tilted'], field: 'image[2]' },
  ],
  template_invalid: [422, { code: 'template_invalid', field: 'reference' }],
  export_invalid: [422, { code: 'export_invalid', field: 'page' }],
  template_expired: [410, { code: 'template_expired', field: 'reference' }],
  template_model_mismatch: [409, { code: 'template_model_mismatch', field: 'template' }],
  challenge_invalid: [422, { code: 'challenge_invalid' }],
  challenge_used: [409, { code: 'challenge_used' }],
  login_failed: [403, { code: 'login_failed' }],
  subject_locked: [423, { code: 'subject_locked' }],
  too_many_attempts: [429, { code: 'too_many_attempts', retryAfterSeconds: 29.5 }],
  already_enrolled: [409, { code: 'already_enrolled', subject: 'anna' }],
  gallery_full: [409, { code: 'gallery_full', detail: 'why' }],
  rate_limited: [429, { code: 'rate_limited', retryAfterSeconds: 9.2 }],
  internal: [500, { code: 'internal' }],
  not_configured: [503, { code: 'not_configured', detail: 'why' }],
  unavailable: [503, { code: 'unavailable' }],
  overloaded: [503, { code: 'overloaded', retryAfterSeconds: 2 }],
};

describe('problem', () => {
  it.each(Object.entries(EVERY))('%s', async (code, [status, failure]) => {
    const response = problem(failure, 'id-1');
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const body = await response.json<Problem>();
    expect(body).toMatchObject({ type: `/docs#${code}`, status, code, requestId: 'id-1' });
    expect(body.title.length).toBeGreaterThan(5);
    expect(body.detail.length).toBeGreaterThan(2);
    if ('detail' in failure) expect(body.detail).toBe(failure.detail);
    expect(body.field).toBe('field' in failure ? failure.field : undefined);
  });

  it('gives what a client can act on', async () => {
    const of = (code: Code) => problem(EVERY[code][1], 'id-1');
    expect(await of('invalid_request').json()).toMatchObject({ rates: [0.1] });
    expect(await of('multiple_faces').json()).toMatchObject({ count: 3 });
    expect(await of('low_quality').json()).toMatchObject({ reasons: ['blurred', 'tilted'] });
    expect(of('rate_limited').headers.get('retry-after')).toBe('10');
    expect(of('too_many_attempts').headers.get('retry-after')).toBe('30');
    expect(of('overloaded').headers.get('retry-after')).toBe('2');
    expect(of('method_not_allowed').headers.get('allow')).toBe('GET, HEAD');
  });

  it('says of several faces what helps: the field `faces`, or what the route has instead', async () => {
    const told = async (failure: Failure) =>
      (await problem(failure, 'id-1').json<Problem>()).detail;
    expect(await told(EVERY.multiple_faces[1])).toBe(
      'At least 3 faces were found where one was expected. ' +
        'Send `faces=largest` for the largest one, or a picture cut to one face.',
    );
    expect(await told({ code: 'multiple_faces', count: 2, cure: 'Cut it.' })).toMatch(
      /ed\. Cut it\.$/,
    );
  });

  it('challenges as RFC 6750 section 3 says', () => {
    const challenge = (failure: Failure) =>
      problem(failure, 'id-1').headers.get('www-authenticate');
    expect(challenge({ code: 'unauthorized' })).toBe('Bearer realm="visavis"');
    expect(challenge({ code: 'unauthorized', invalidToken: true })).toBe(
      'Bearer realm="visavis", error="invalid_token"',
    );
  });
});

describe('Refusal', () => {
  it('takes a field, and keeps one it has', () => {
    const bare = new Refusal({ code: 'no_face' });
    expect(bare.at('probe').failure).toEqual({ code: 'no_face', field: 'probe' });
    expect(bare.at('probe').at('reference').failure).toEqual({ code: 'no_face', field: 'probe' });
  });
});
