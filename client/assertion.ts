/**
 * `visavis/assertion`: how a relying party's backend checks that a login succeeded.
 *
 * ```ts
 * const seen = rememberInMemory();
 * const claims = await verifyAssertion(assertion, {
 *   issuer: 'https://faces.example',
 *   audience: 'https://shop.example',
 *   tenant: 'shop',
 *   nonce: session.nonce,
 *   subject: session.subject,
 *   seen,
 * });
 * ```
 *
 * Every check is there because leaving it out lets somebody in: an assertion made for another
 * relying party (`aud`), by another deployment (`iss`), for another customer of the same one
 * (`tenant`), for another person (`sub`), for another login of this person (`nonce`), an old one
 * (`exp`), one that was used (`jti`), one signed with another algorithm (`alg`), or another kind of
 * token signed with the same key (`typ`). RFC 8725 has the attacks.
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { ConnectionError, VisavisError } from './errors.ts';

/** Claims of the assertion; times are whole seconds since 1970. */
export interface AssertionClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly tenant: string;
  readonly nonce: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly acr: string;
  /** The false-accept rate that the faces were compared at. */
  readonly far: number;
  readonly model: string;
}

/**
 * Tells whether this `jti` was seen before. If not, remembers it until `exp` (seconds since 1970).
 * It must be one atomic step of a store that all your instances share: an INSERT under a unique
 * key.
 */
export type Seen = (jti: string, exp: number) => Promise<boolean> | boolean;

export interface AssertionExpectations {
  /** The deployment: its `ISSUER`. */
  readonly issuer: string;
  /** Yourself, as named when the challenge was made. */
  readonly audience: string;
  /** Your tenant id at the deployment. */
  readonly tenant: string;
  /** The one you made for this login, from this session. */
  readonly nonce: string;
  /** The subject who is logging in. */
  readonly subject: string;
  readonly seen: Seen;
  /** The loosest false-accept rate that you take; default: 1e-3, the loosest there is. */
  readonly maxFar?: number | undefined;
  /** Address of the deployment's keys; default: `/.well-known/jwks.json` at `issuer`. */
  readonly jwksUrl?: string | URL | undefined;
  /** The keys themselves, where you have them; then nothing is fetched. */
  readonly jwks?: JSONWebKeySet | undefined;
  /** Default: now. */
  readonly currentDate?: Date | undefined;
}

/** The check that failed. It is for your log; to the browser all of them are one "no". */
export type Reason =
  | 'malformed'
  | 'algorithm'
  | 'type'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'tenant'
  | 'nonce'
  | 'subject'
  | 'far'
  | 'expired'
  | 'claims'
  | 'used';

export class AssertionRefused extends VisavisError<Reason> {
  override readonly name = 'AssertionRefused';

  constructor(reason: Reason) {
    super(reason, `The assertion was refused: ${reason}.`);
  }

  /** The same as `code`. */
  get reason(): Reason {
    return this.code;
  }
}

const ALGORITHM = 'ES256';
const TYPE = 'visavis-assertion+jwt';
/** An assertion lives 120 s at most, whatever it says of itself. */
const MAX_LIFE_SECONDS = 120;
/** No deployment decides a login at a looser rate. */
const MAX_FAR = 1e-3;
/** Difference allowed between the deployment's clock and yours. */
const LEEWAY_SECONDS = 5;

/**
 * Checks an assertion, once.
 *
 * @example
 * ```ts
 * const claims = await verifyAssertion(assertion, {
 *   issuer: 'https://faces.example', audience: 'https://shop.example', tenant: 'shop',
 *   nonce: session.nonce, subject: user.id, seen,
 * });
 * ```
 * @returns what it says, all of it checked
 * @throws AssertionRefused when any check fails; ConnectionError when the keys cannot be fetched;
 *   TypeError when you do not say what is expected, since a check against `undefined` is none
 */
export async function verifyAssertion(
  assertion: string,
  expected: AssertionExpectations,
): Promise<AssertionClaims> {
  for (const name of ['issuer', 'audience', 'tenant', 'nonce', 'subject'] as const) {
    if (typeof expected[name] !== 'string' || expected[name] === '') {
      throw new TypeError(`verifyAssertion: \`${name}\` is missing`);
    }
  }
  const keys = keySet(expected);
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(assertion, keys, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: expected.issuer,
      clockTolerance: LEEWAY_SECONDS,
      maxTokenAge: MAX_LIFE_SECONDS,
      requiredClaims: ['iss', 'aud', 'sub', 'tenant', 'nonce', 'jti', 'iat', 'exp'],
      ...(expected.currentDate ? { currentDate: expected.currentDate } : {}),
    }));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== undefined) throw new AssertionRefused(reason);
    const code = error instanceof errors.JWKSTimeout ? 'timeout' : 'unreachable';
    const message = `The keys of ${expected.issuer} cannot be fetched.`;
    throw new ConnectionError(code, message, { cause: error });
  }
  const claims = payload as unknown as AssertionClaims;
  // An audience may be a list (RFC 7519 section 4.1.3); ours never is: one assertion, one reader.
  if (claims.aud !== expected.audience) throw new AssertionRefused('audience');
  if (claims.tenant !== expected.tenant) throw new AssertionRefused('tenant');
  if (claims.sub !== expected.subject) throw new AssertionRefused('subject');
  if (claims.nonce !== expected.nonce) throw new AssertionRefused('nonce');
  // Not `far > …`: what is no number is not under any bound.
  if (!(typeof claims.far === 'number' && claims.far <= (expected.maxFar ?? MAX_FAR)))
    throw new AssertionRefused('far');
  if (typeof claims.jti !== 'string' || claims.jti === '') throw new AssertionRefused('claims');
  // Last, and only for what is genuine: nobody else gets to fill the store. A store that answers
  // anything but `false` has not said that this one is new.
  if ((await expected.seen(claims.jti, claims.exp + LEEWAY_SECONDS)) !== false) {
    throw new AssertionRefused('used');
  }
  return claims;
}

/** A `Seen` for one process, and for tests. With several instances, use a store they share. */
export function rememberInMemory(now: () => number = () => Date.now() / 1000): Seen {
  const until = new Map<string, number>();
  return (jti, exp) => {
    for (const [old, end] of until) if (end <= now()) until.delete(old);
    if (until.has(jti)) return true;
    until.set(jti, exp);
    return false;
  };
}

/** One a URL, for its cache: keys are fetched when an unknown one signs, and not too often. */
const remote = new Map<string, JWTVerifyGetKey>();

function keySet({ jwks, jwksUrl, issuer }: AssertionExpectations): JWTVerifyGetKey {
  if (jwks) return createLocalJWKSet(jwks);
  const url = parseUrl(jwksUrl ?? '/.well-known/jwks.json', issuer);
  let keys = remote.get(url.href);
  if (!keys) {
    keys = createRemoteJWKSet(url);
    remote.set(url.href, keys);
  }
  return keys;
}

/** @throws TypeError that names the option: without its scheme, an issuer is no URL */
function parseUrl(url: string | URL, issuer: string): URL {
  try {
    return new URL(url, issuer);
  } catch (cause) {
    const message = `verifyAssertion: \`issuer\` or \`jwksUrl\` is no URL: ${issuer}, ${url}`;
    throw new TypeError(message, { cause });
  }
}

/** Undefined where the assertion is not to blame: a network, a server that has no keys. */
function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIM_REASONS[error.claim] ?? 'claims';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWKSNoMatchingKey) return 'key';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'malformed';
  if (error instanceof errors.JOSENotSupported) return 'malformed';
  return undefined;
}

const CLAIM_REASONS: Readonly<Record<string, Reason>> = {
  iss: 'issuer',
  aud: 'audience',
  sub: 'subject',
  tenant: 'tenant',
  nonce: 'nonce',
  typ: 'type',
  iat: 'expired',
};
