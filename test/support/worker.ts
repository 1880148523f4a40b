/** The real Worker with the real weights, asked as a client would. */

import type { Verification } from '../../worker/face/verify.ts';
import worker from '../../worker/index.ts';
import { ENV, formOf, KEY } from './api.ts';

const photo = (bytes: Uint8Array) => new File([Uint8Array.from(bytes)], 'photo');

async function post(path: string, fields: Record<string, string | Blob>): Promise<Response> {
  const ctx = {
    waitUntil() {},
    passThroughOnException() {},
    props: {},
  } as unknown as ExecutionContext;
  const request = new Request(`https://visavis.test${path}`, {
    method: 'POST',
    headers: KEY,
    body: formOf(fields),
  });
  return worker.fetch(request, { ...ENV, MODEL: 'inception-small-2' }, ctx);
}

/** `POST /v1/verify` with two pictures as files, or a template and its subject. */
export function verifyOverApi(
  reference: Uint8Array | string,
  probe: Uint8Array,
  fields: Record<string, string> = {},
): Promise<Response> {
  const first = typeof reference === 'string' ? reference : photo(reference);
  return post('/v1/verify', { reference: first, probe: photo(probe), ...fields });
}

/** A template of one picture. */
export async function enrolled(subject: string, image: Uint8Array): Promise<string> {
  const response = await post('/v1/templates', { subject, image: photo(image) });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json<{ template: string }>()).template;
}

/** The answer, which has to be one. */
export async function verified(
  reference: Uint8Array,
  probe: Uint8Array,
  fields: Record<string, string> = {},
): Promise<Verification> {
  const response = await verifyOverApi(reference, probe, fields);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<Verification>();
}
