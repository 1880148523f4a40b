/**
 * Challenges: what a login is about, sealed, so that nothing has to be kept until it is answered.
 *
 * The browser carries the challenge and can neither read nor change it. That it is answered once
 * is seen to by `Attempts`.
 */
import * as z from 'zod/mini';
import { Refusal } from '../errors.ts';
import type { Template } from '../face/embedding/template.ts';
import { LOGIN_ACTIONS } from '../limits.ts';
import { ACTIONS, type Action } from './poses.ts';
import { InvalidTokenError, type KeyRing, open, seal } from './sealed-token.ts';
import { decodeEmbedding, encodeEmbedding } from './template-token.ts';

/** Times are seconds since 1970. */
export interface Challenge {
  readonly id: string;
  readonly tenant: string;
  readonly subject: string;
  readonly audience: string;
  /** The relying party's. */
  readonly nonce: string;
  readonly actions: readonly Action[];
  readonly far: number;
  /** Issuer of the assertion. */
  readonly issuer: string;
  /** The network that made the template: `modelId`. */
  readonly model: string;
  readonly template: Template;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Payload as sealed. The names are JWT's where it has one (RFC 7519 section 4.1). */
const Payload = z.strictObject({
  v: z.literal(1),
  jti: z.string(),
  tenant: z.string(),
  sub: z.string(),
  aud: z.string(),
  nonce: z.string(),
  actions: z.array(z.enum(ACTIONS)).check(z.length(LOGIN_ACTIONS)),
  far: z.number(),
  iss: z.string(),
  model: z.string(),
  embedding: z.string(),
  pictures: z.int(),
  iat: z.int(),
  exp: z.int(),
});

export function sealChallenge(challenge: Challenge, keys: KeyRing): Promise<string> {
  const { tenant, nonce, far, model, template } = challenge;
  const payload: z.infer<typeof Payload> = {
    v: 1,
    jti: challenge.id,
    tenant,
    sub: challenge.subject,
    aud: challenge.audience,
    nonce,
    actions: [...challenge.actions],
    far,
    iss: challenge.issuer,
    model,
    embedding: encodeEmbedding(template.embedding),
    pictures: template.pictures,
    iat: challenge.issuedAt,
    exp: challenge.expiresAt,
  };
  return seal('challenge', payload, keys);
}

/**
 * Opens a challenge that is still good. Whom it is for, and whether it was used, is not asked here.
 *
 * @throws Refusal `challenge_invalid`
 */
export async function openChallenge(token: string, now: number, keys: KeyRing): Promise<Challenge> {
  const payload = await openPayload(token, keys);
  if (payload.exp <= now) throw invalidChallenge('expired');
  const { tenant, nonce, actions, far, model, pictures } = payload;
  return {
    id: payload.jti,
    tenant,
    subject: payload.sub,
    audience: payload.aud,
    nonce,
    actions,
    far,
    issuer: payload.iss,
    model,
    template: { embedding: decodeEmbedding(payload.embedding), pictures },
    issuedAt: payload.iat,
    expiresAt: payload.exp,
  };
}

/** @param reason what is wrong with it, for the log alone */
export function invalidChallenge(reason: string): Refusal {
  return new Refusal({ code: 'challenge_invalid' }, reason);
}

async function openPayload(token: string, keys: KeyRing): Promise<z.infer<typeof Payload>> {
  const opened = await open('challenge', token, keys).catch((error) => {
    throw error instanceof InvalidTokenError ? invalidChallenge(error.reason) : error;
  });
  const payload = Payload.safeParse(opened);
  // Sealed by us, but not as this version seals: that is none here either.
  if (!payload.success) throw invalidChallenge('version');
  return payload.data;
}

/** A random sequence in which no action follows itself: 6 * 5 * 5 = 150, all equally likely. */
export function drawActions(below: (n: number) => number = secureBelow): Action[] {
  const drawn: Action[] = [];
  while (drawn.length < LOGIN_ACTIONS) {
    const others = ACTIONS.filter((action) => action !== drawn.at(-1));
    drawn.push(others[below(others.length)] as Action);
  }
  return drawn;
}

/** A whole number from 0 to n - 1, for n up to 256: bytes past the last whole n are thrown away. */
function secureBelow(n: number): number {
  const end = 256 - (256 % n);
  const byte = new Uint8Array(1);
  do crypto.getRandomValues(byte);
  while ((byte[0] as number) >= end);
  return (byte[0] as number) % n;
}
