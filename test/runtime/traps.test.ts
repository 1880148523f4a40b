/** onnxruntime that traps: our fault, and the next request has networks made anew. */
import * as ort from 'onnxruntime-web/wasm';
import { afterEach, expect, it, vi } from 'vitest';
import { problemOf } from '../support/api.ts';
import { face } from '../support/pictures.ts';
import { verified, verifyOverApi } from '../support/worker.ts';

/** Prototype of all sessions, which the type does not tell of. */
const { prototype } = ort.InferenceSession as unknown as { prototype: ort.InferenceSession };

afterEach(() => vi.restoreAllMocks());

it.each(['unreachable', 'memory access out of bounds'])('after a trap: %s', async (why) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const photo = face('face-640x480.jpg');
  const before = await verified(photo, photo);
  const make = vi.spyOn(ort.InferenceSession, 'create');
  vi.spyOn(prototype, 'run').mockRejectedValueOnce(new WebAssembly.RuntimeError(why));
  const response = await verifyOverApi(photo, photo);
  expect(response.status).toBe(503);
  expect((await problemOf(response)).code).toBe('unavailable');
  expect(make).not.toHaveBeenCalled();
  const after = await verified(photo, photo);
  expect(make).toHaveBeenCalledTimes(3);
  expect(after.distance).toBe(before.distance);
  await verified(photo, photo);
  expect(make).toHaveBeenCalledTimes(3);
});
