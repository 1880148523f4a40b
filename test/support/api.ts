/** The API with a verifier that says what it was given, in place of networks and codecs. */
import { createApp } from '../../worker/app.ts';
import type { Problem } from '../../worker/errors.ts';
import type { Calibration } from '../../worker/face/calibration.ts';
import type { Verification, VerifyInput } from '../../worker/face/verify.ts';
import type { Env, Services } from '../../worker/routes/services.ts';

export const calibration: Calibration = {
  rates: [
    { far: 0.1, threshold: 1.4, val: 0.99 },
    { far: 0.001, threshold: 1.0, val: 0.9 },
    { far: 0.00001, threshold: 0.7, val: 0.5 },
  ],
  largestImpostorDistance: 3,
};

const face = {
  box: { x: 1, y: 2, width: 30, height: 40 },
  confidence: 0.98,
} as Verification['reference'];

export const verification: Verification = {
  same: true,
  distance: 0.43,
  threshold: 1,
  far: 0.001,
  score: 4.7,
  model: 'fake',
  reference: face,
  probe: face,
};

/** Services of which any may be replaced; `seen` collects what the verifier was asked. */
export function fakeServices(more: Partial<Services> = {}): Services & { seen: VerifyInput[] } {
  const seen: VerifyInput[] = [];
  return {
    seen,
    async verifier() {
      return {
        calibration,
        async verify(input) {
          const { reference, probe } = input;
          seen.push({ ...input, reference: reference.slice(), probe: probe.slice() });
          return { ...verification, ...input.rate };
        },
      };
    },
    card: (name) => ({
      name,
      sha256: '00'.repeat(32),
      input: { width: 116, height: 140 },
      dimension: 128,
      calibration,
      accuracy: {},
    }),
    ...more,
  };
}

export const ENV: Env = { ENVIRONMENT: 'development', DEFAULT_FAR: '0.001', MODEL: 'fake' };

export const KEY = { authorization: 'Bearer visavis-dev' };

/** One request to the API, as the platform would make it. */
export async function call(
  path: string,
  init: RequestInit = {},
  { services = fakeServices() as Services, env = ENV } = {},
): Promise<Response> {
  const pending: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (promise: Promise<unknown>) => pending.push(promise),
    passThroughOnException() {},
    props: {},
  } as unknown as ExecutionContext;
  const request = new Request(`https://visavis.test${path}`, init);
  const response = await createApp(services).fetch(request, env, ctx);
  await Promise.all(pending);
  return response;
}

/** `POST /v1/verify` with the development key. */
export function post(
  body: BodyInit,
  headers: Record<string, string> = {},
  options?: Parameters<typeof call>[2],
): Promise<Response> {
  return call('/v1/verify', { method: 'POST', body, headers: { ...KEY, ...headers } }, options);
}

export const problemOf = (response: Response): Promise<Problem> => response.json<Problem>();

/** An entry of the secret `API_KEYS`. */
export async function keyEntry(name: string, key: string) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const sha256 = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
  return { name, sha256 };
}

/** A form as a browser sends it. */
export function formOf(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const file = (content: string | Uint8Array = 'picture') => new File([content], 'photo.jpg');
