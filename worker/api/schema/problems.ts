/** Every code that a problem can have, and what its reader should know and do. For /docs. */
import * as z from 'zod/mini';
import type { Code } from '../../errors.ts';
import { FORMATS } from '../../image/sniff.ts';

/** A new code does not compile until it is explained here. */
export const EXPLANATIONS: Readonly<Record<Code, string>> = {
  invalid_request:
    'The request is not of the form that this resource reads. `field` names the part at fault; ' +
    'where it is `far` or `fpir`, `rates` lists the rates there are.',
  unauthorized: 'There is no API key in the request, or one that is not known here.',
  forbidden:
    'The API key is known, but lacks the scope; or the audience is not registered with its ' +
    "tenant; or the page that answers a challenge is not of the tenant's registered origins.",
  not_found: 'Nothing is served at this path, or it is of a gallery or subject that is not there.',
  method_not_allowed: 'The `Allow` header names the methods that this resource has.',
  payload_too_large: 'The body, or the picture named by `field`, has too many bytes.',
  image_too_large:
    'The picture has too many pixels, whatever its bytes. `detail` has the limit of its kind. Send it as a ' +
    'baseline JPEG, or scale it down.',
  unsupported_format: `Send ${FORMATS}. The format is told by the bytes, not by the name.`,
  undecodable_image: 'The picture is broken, or cut off.',
  no_face: 'No face was found. It has to be seen from the front, and fill a good part.',
  multiple_faces:
    'At least `count` faces were found where one was expected. Send a picture cut to one face; where the ' +
    'request has a field `faces`, `largest` takes the largest one.',
  face_too_small: 'The face has too few pixels to be compared. Send a larger picture.',
  low_quality:
    'The picture tells too little of the person. `reasons` says why: `too_dark`, `too_bright`, ' +
    '`noisy`, `blurred`, `turned` (a face in profile); and where both pictures have it, `turned` (by more than 40 degrees), `mouth_covered` or `eyes_covered`. ' +
    'Enrolment asks for more, and may also say `face_too_small`, `up_or_down`, `tilted`; ' +
    'or `different_people`, where the pictures do not pass for one person; `same_picture`, where ' +
    'one is a copy of another.',
  template_invalid:
    'The template cannot be used: it was changed, or is of another tenant or subject, or was ' +
    'sealed with a key that is not known here any more. Which of these is not told.',
  export_invalid:
    'The page of an export cannot be used: it was changed, or is of another tenant, or was sealed with a ' +
    'key that is not known here. Which of these is not told.',
  template_expired: 'The template is older than it may be. Enrol the person again.',
  template_model_mismatch:
    'The template was made by another network than the one that serves now. Enrol the person ' +
    'again.',
  challenge_invalid:
    'The challenge cannot be answered: it has expired, was changed, or is not of this address. ' +
    'Which of these is not told. Ask for a new one.',
  challenge_used: 'A challenge can be answered once. Ask for a new one.',
  login_failed:
    'The frames did not pass. Why is not told, since the browser that reads this may be an ' +
    "attacker's. It counts as a failed attempt.",
  too_many_attempts: 'Too many logins failed in a row. `Retry-After` says how long to wait.',
  subject_locked:
    'So many logins failed in a row that the subject is locked, until its tenant resets the ' +
    'attempts.',
  already_enrolled:
    'The gallery has the person under another subject, which `subject` names for keys with the scope ' +
    '`identify`.',
  gallery_full: 'The gallery has no room for more templates, or for those of another network.',
  rate_limited: 'Too many requests. `Retry-After` says how long to wait.',
  internal: 'Something failed on our side. The request id leads the operator to the log.',
  not_configured: 'The deployment lacks a secret, a binding or a variable. `detail` names it.',
  overloaded:
    'There is no room or no time for the request at the moment. `Retry-After` says when to retry.',
  unavailable:
    'Something failed on our side for the moment: the networks, the store of attempts or of a gallery, or its index. ' +
    '`Retry-After` says when to retry. As a rule a login is not counted as failed by it.',
};

export const CODES = Object.keys(EXPLANATIONS) as Code[];

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(CODES as [Code, ...Code[]]),
    requestId: z.string(),
    field: z.optional(z.string()),
    rates: z.optional(z.array(z.number())),
    count: z.optional(z.int()),
    subject: z.optional(z.string()),
    reasons: z.optional(z.array(z.string())),
  })
  .check(z.meta({ description: 'Problem details (RFC 9457). `type` leads to the docs.' }));
