/** The real Worker with the real weights, asked as a client would. */

import type { Verification } from '../../worker/face/verify.ts';
import worker from '../../worker/index.ts';
import { ENV, formOf, KEY } from './api.ts';

/** `POST /v1/verify` with two pictures as files. */
export async function verifyOverApi(
  reference: Uint8Array,
  probe: Uint8Array,
  fields: Record<string, string> = {},
): Promise<Response> {
  const part = (bytes: Uint8Array) => new File([Uint8Array.from(bytes)], 'photo');
  const body = formOf({ reference: part(reference), probe: part(probe), ...fields });
  const ctx = {
    waitUntil() {},
    passThroughOnException() {},
    props: {},
  } as unknown as ExecutionContext;
  const request = new Request('https://visavis.test/v1/verify', {
    method: 'POST',
    headers: KEY,
    body,
  });
  return worker.fetch(request, { ...ENV, MODEL: 'nns2' }, ctx);
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
