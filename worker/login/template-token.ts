/**
 * Templates as callers keep them: an embedding, sealed with whom it is of and who may use it.
 *
 * Nothing is kept here, so all that a template's use is bound to stands inside the seal.
 */
import { base64url } from 'jose';
import * as z from 'zod/mini';
import { Refusal } from '../errors.ts';
import type { Template } from '../face/embedding/template.ts';
import { InvalidTokenError, type KeyRing, open, seal } from './sealed-token.ts';

/** A template and its bounds. Times are seconds since 1970. */
export interface BoundTemplate extends Template {
  readonly tenant: string;
  readonly subject: string;
  /** The network that made it: `modelId`. */
  readonly model: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Use of a template: who asks, for whom, and with which models. */
export interface TemplateUse<Model> {
  readonly tenant: string;
  readonly subject: string;
  /** Finds the serving model that compares embeddings of this id. */
  modelOf(id: string): Model | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  /** The field that the template came in, for the refusal. */
  readonly field: string;
}

/** Payload as sealed. The names are JWT's where it has one (RFC 7519 section 4.1). */
const Payload = z.strictObject({
  v: z.literal(1),
  tenant: z.string(),
  subject: z.string(),
  model: z.string(),
  pictures: z.int(),
  iat: z.int(),
  exp: z.int(),
  embedding: z.string(),
  fast: z.optional(z.strictObject({ model: z.string(), embedding: z.string() })),
});

export function sealTemplate(template: BoundTemplate, keys: KeyRing): Promise<string> {
  const { tenant, subject, model, pictures, issuedAt, expiresAt, embedding, fast } = template;
  const payload: z.infer<typeof Payload> = {
    v: 1,
    tenant,
    subject,
    model,
    pictures,
    iat: issuedAt,
    exp: expiresAt,
    embedding: encodeEmbedding(embedding),
    ...(fast && { fast: { model: fast.model, embedding: encodeEmbedding(fast.embedding) } }),
  };
  return seal('template', payload, keys);
}

/**
 * Opens a template for this use.
 *
 * What is not this caller's gets one answer, whatever is wrong with it: nothing is to be learnt
 * about the templates of others, not even that they have expired.
 *
 * @throws Refusal `template_invalid`, `template_expired`, `template_model_mismatch`
 */
export async function openTemplate<Model>(
  token: string,
  use: TemplateUse<Model>,
  keys: KeyRing,
): Promise<BoundTemplate & { readonly servedBy: Model }> {
  return openBound(token, use, keys, use.subject);
}

/**
 * Opens a template of whichever subject of the tenant, for a search among many.
 *
 * @throws Refusal as `openTemplate`
 */
export function openAnyTemplate<Model>(
  token: string,
  use: Omit<TemplateUse<Model>, 'subject'>,
  keys: KeyRing,
): Promise<BoundTemplate & { readonly servedBy: Model }> {
  return openBound(token, use, keys);
}

async function openBound<Model>(
  token: string,
  use: Omit<TemplateUse<Model>, 'subject'>,
  keys: KeyRing,
  of?: string,
): Promise<BoundTemplate & { readonly servedBy: Model }> {
  const { field, now } = use;
  const payload = await openPayload(token, field, keys);
  const { tenant, subject, model, pictures, iat: issuedAt, exp: expiresAt } = payload;
  if (tenant !== use.tenant) throw invalid(field, 'tenant');
  if (of !== undefined && subject !== of) throw invalid(field, 'subject');
  if (expiresAt <= now) throw new Refusal({ code: 'template_expired', field });
  const servedBy = use.modelOf(model);
  if (servedBy === undefined) throw new Refusal({ code: 'template_model_mismatch', field });
  const embedding = decodeEmbedding(payload.embedding);
  const fast = payload.fast && {
    model: payload.fast.model,
    embedding: decodeEmbedding(payload.fast.embedding),
  };
  return { tenant, subject, model, pictures, issuedAt, expiresAt, embedding, fast, servedBy };
}

async function openPayload(
  token: string,
  field: string,
  keys: KeyRing,
): Promise<z.infer<typeof Payload>> {
  const opened = await open('template', token, keys).catch((error) => {
    throw error instanceof InvalidTokenError ? invalid(field, error.reason) : error;
  });
  const payload = Payload.safeParse(opened);
  // Sealed by us, but not as this version seals: that is none here either.
  if (!payload.success) throw invalid(field, 'version');
  return payload.data;
}

const invalid = (field: string, reason: string) =>
  new Refusal({ code: 'template_invalid', field }, reason);

/** 128 bytes as 171 characters. */
export function encodeEmbedding(codes: Int8Array): string {
  return base64url.encode(new Uint8Array(codes.buffer, codes.byteOffset, codes.length));
}

export function decodeEmbedding(text: string): Int8Array {
  return new Int8Array(base64url.decode(text));
}
