/** The API with a model that says what it was given, in place of networks and codecs. */
import { env as bindings } from 'cloudflare:workers';
import { expect } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { SCOPES, type Scope } from '../../worker/auth/tenants.ts';
import type { Problem } from '../../worker/errors.ts';
import {
  type Calibration,
  operatingPointsFor,
  verificationPoints,
} from '../../worker/face/decision/calibration.ts';
import type { Verification, VerifyInput } from '../../worker/face/verify.ts';
import type { Env, Model, Models } from '../../worker/http/context.ts';
import { holdToSchema } from './schema.ts';
import { unitVector } from './vectors.ts';

export const calibration: Calibration = {
  rates: [
    { far: 0.1, threshold: 1.4, val: 0.99 },
    { far: 0.001, threshold: 1.0, val: 0.9 },
    { far: 0.00001, threshold: 0.7, val: 0.5 },
  ],
  largestImpostorDistance: 3,
  templates: [
    {
      pictures: 1,
      rates: [
        { far: 0.1, threshold: 1.3, val: 0.99 },
        { far: 0.001, threshold: 0.9, val: 0.9 },
        { far: 0.0001, threshold: 0.75, val: 0.7 },
        { far: 0.00001, threshold: 0.6, val: 0.5 },
      ],
      largestImpostorDistance: 2.9,
      identification: [
        {
          size: 10,
          rates: [
            { fpir: 0.1, threshold: 1.1 },
            { fpir: 0.01, threshold: 0.9 },
          ],
        },
      ],
    },
  ],
};

/** Templates of two pictures and more have thresholds 0.8 stricter. */
export const stricterOfSeveral: Calibration = {
  ...calibration,
  templates: calibration.templates.flatMap((one) => [
    one,
    {
      ...one,
      pictures: 2,
      rates: one.rates.map((rate) => ({ ...rate, threshold: rate.threshold - 0.8 })),
      identification: (one.identification ?? []).map(({ size, rates }) => ({
        size,
        rates: rates.map(({ fpir, threshold }) => ({ fpir, threshold: threshold - 0.8 })),
      })),
    },
  ]),
};

const point = { x: 10, y: 20 };
export const face: Verification['reference'] = {
  box: { x: 1, y: 2, width: 30, height: 40 },
  confidence: 0.98,
  landmarks: {
    rightEye: point,
    leftEye: point,
    nose: point,
    mouth: point,
    rightEar: point,
    leftEar: point,
  },
  quality: {
    reliability: 0.5,
    faceWidth: 30,
    sharpness: 0.5,
    exposure: 0.5,
    burntOut: 0,
    noise: 1,
    mouthCovered: 0.01,
    eyesCovered: 0.02,
    yaw: -4,
    pitch: 2,
    roll: 1,
  },
};

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

/** A model that says yes to everything, of which any part may be replaced. */
export function fakeModel(more: Partial<Model> = {}): Model {
  return {
    calibration,
    pairs: verificationPoints(calibration),
    templateRates: ({ pictures }) =>
      verificationPoints(operatingPointsFor(more.calibration ?? calibration, pictures)),
    async verify({ rate: { far, threshold } }) {
      return { ...verification, far, threshold };
    },
    async verifyTemplate({ rate: { far, threshold } }) {
      const { reference: _, ...rest } = verification;
      return { ...rest, far, threshold };
    },
    async enrol(images) {
      const embedding = Int8Array.from({ length: 128 }, (_, i) => 127 - i);
      return {
        embedding,
        pictures: images.length,
        reports: images.map(() => face),
        largestDistance: images.length > 1 ? 0.4 : null,
      };
    },
    async faces() {
      return [{ report: face, embedding: unitVector(1) }];
    },
    inspect() {},
    async respond() {
      return { ok: true };
    },
    async check() {},
    ...more,
  };
}

/** Models of which any may be replaced; `seen` collects what was asked about pairs. */
export function fakeModels(more: Partial<Models> = {}): Models & { seen: VerifyInput[] } {
  const seen: VerifyInput[] = [];
  return {
    seen,
    async load() {
      const model = fakeModel();
      return {
        ...model,
        async verify(input) {
          const { reference, probe } = input;
          seen.push({ ...input, reference: reference.slice(), probe: probe.slice() });
          return model.verify(input);
        },
      };
    },
    card: (name) => ({
      name,
      sha256: '00'.repeat(32),
      detectorSha256: '01'.repeat(32),
      landmarkerSha256: '02'.repeat(32),
      input: { width: 116, height: 140 },
      dimension: 128,
      calibration,
      accuracy: {},
    }),
    ...more,
  };
}

/** A deployment as wrangler.toml has it, before any secret is set. */
export const DEPLOYED: Env = { DEFAULT_FAR: '0.001', LOGIN_FAR: '0.0001', MODEL: 'fake' };

export const ENV: Env = {
  ...DEPLOYED,
  ENVIRONMENT: 'development',
  ATTEMPTS: bindings.ATTEMPTS,
  GALLERY: bindings.GALLERY,
  GALLERY_DIRECTORY: bindings.GALLERY_DIRECTORY,
  ASSETS: bindings.ASSETS,
};

export const KEY = { authorization: 'Bearer visavis-dev' };

/** One request to the API, as the platform would make it. */
export async function call(
  path: string,
  init: RequestInit = {},
  { models = fakeModels() as Models, env = ENV } = {},
): Promise<Response> {
  const pending: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (promise: Promise<unknown>) => pending.push(promise),
    passThroughOnException() {},
    props: {},
  } as unknown as ExecutionContext;
  const request = new Request(`https://visavis.test${path}`, init);
  const response = await createApp(models).fetch(request, env, ctx);
  await Promise.all(pending);
  await holdToSchema(request.method, new URL(request.url).pathname, response);
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

/** A key of a tenant in the secret `API_KEYS`. */
export async function keyEntry(name: string, key: string, scopes: readonly Scope[] = SCOPES) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const sha256 = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
  return { name, sha256, scopes };
}

/** A tenant of the secret `API_KEYS`. */
export function tenantEntry<Key>(
  id: string,
  keys: readonly Key[],
  more: { audiences?: readonly string[]; origins?: readonly string[] } = {},
) {
  return { id, keys, audiences: [], origins: [], ...more };
}

/** A form as a browser sends it. */
export function formOf(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const file = (content: string | Uint8Array = 'picture') => new File([content], 'photo.jpg');

/** Refusal of a verification, which no model may have seen. */
export async function refusal(body: BodyInit, headers: Record<string, string> = {}) {
  const models = fakeModels();
  const response = await post(body, headers, { models });
  expect(models.seen).toEqual([]);
  const { status, code, field, detail, rates } = await problemOf(response);
  expect(response.status).toBe(status);
  return { status, code, field, detail, rates };
}
