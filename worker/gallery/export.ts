/** Exports: pages of a gallery, sealed for its tenant, kept by the tenant. */
import { base64url } from 'jose';
import * as z from 'zod/mini';
import { Refusal } from '../errors.ts';
import { InvalidTokenError, type KeyRing, open, seal } from '../login/sealed-token.ts';
import type { Entry } from './gallery-store.ts';
import { decodePage, encodePage } from './pages.ts';

const Payload = z.strictObject({ v: z.literal(1), tenant: z.string(), page: z.string() });

export function sealExport(
  tenant: string,
  entries: readonly Entry[],
  keys: KeyRing,
): Promise<string> {
  const payload: z.infer<typeof Payload> = {
    v: 1,
    tenant,
    page: base64url.encode(encodePage(entries)),
  };
  return seal('gallery', payload, keys);
}

/** @throws Refusal `export_invalid`, one answer for whatever is wrong with it */
export async function openExport(token: string, tenant: string, keys: KeyRing): Promise<Entry[]> {
  const opened = await open('gallery', token, keys).catch((error) => {
    throw error instanceof InvalidTokenError ? invalid(error.reason) : error;
  });
  const payload = Payload.safeParse(opened);
  if (!payload.success) throw invalid('version');
  if (payload.data.tenant !== tenant) throw invalid('tenant');
  try {
    return decodePage(base64url.decode(payload.data.page));
  } catch {
    throw invalid('version'); // sealed by us, but not as this version seals
  }
}

const invalid = (reason: string) => new Refusal({ code: 'export_invalid', field: 'page' }, reason);
