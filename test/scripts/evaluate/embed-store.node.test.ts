import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EmbedStore } from '../../../scripts/evaluate/embed-store.ts';
import { GOOD } from '../../support/quality.ts';

let folder: string;
let networks: [string, string];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embeddings-'));
  networks = ['a.onnx', 'b.onnx'].map((name) => join(folder, name)) as [string, string];
  for (const network of networks) writeFileSync(network, network);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('goes on where a run was cut off, even in the middle of a line', () => {
  const kept = { views: Float32Array.of(0.5, -0.25), quality: GOOD };
  const store = new EmbedStore(networks[0], 'largest', join(folder, 'kept'));
  store.put('a.jpg', kept);
  store.put('b.jpg', { code: 'no_face' });
  const [name] = readdirSync(join(folder, 'kept')) as [string];
  appendFileSync(join(folder, 'kept', name), '{"key":"c.jpg","co');
  const again = new EmbedStore(networks[0], 'largest', join(folder, 'kept'));
  expect(again.get('a.jpg')).toEqual(kept);
  expect(again.get('b.jpg')).toEqual({ code: 'no_face' });
  expect(again.get('c.jpg')).toBeUndefined();
  again.put('c.jpg', { code: 'low_quality' });
  again.put('d.jpg', { code: 'no_face' });
  const last = new EmbedStore(networks[0], 'largest', join(folder, 'kept'));
  expect(last.get('d.jpg')).toEqual({ code: 'no_face' });
});

it('is apart for each network and each choice of a face, and nothing without a folder', () => {
  const kept = join(folder, 'kept');
  new EmbedStore(networks[0], 'largest', kept).put('a.jpg', { code: 'no_face' });
  expect(new EmbedStore(networks[1], 'largest', kept).get('a.jpg')).toBeUndefined();
  expect(new EmbedStore(networks[0], 'centre', kept).get('a.jpg')).toBeUndefined();
  new EmbedStore(networks[0], 'largest', '').put('a.jpg', { code: 'no_face' });
  expect(new EmbedStore(networks[0], 'largest', '').get('a.jpg')).toBeUndefined();
});

it('is apart for each runtime, whose numbers differ by rounding', () => {
  const kept = join(folder, 'kept');
  vi.stubEnv('ONNXRUNTIME', 'deployed'); // whatever another file of tests has chosen
  new EmbedStore(networks[0], 'largest', kept).put('a.jpg', { code: 'no_face' });
  vi.stubEnv('ONNXRUNTIME', 'stock');
  expect(new EmbedStore(networks[0], 'largest', kept).get('a.jpg')).toBeUndefined();
  vi.stubEnv('ONNXRUNTIME', 'deployed');
  expect(new EmbedStore(networks[0], 'largest', kept).get('a.jpg')).toEqual({ code: 'no_face' });
});
