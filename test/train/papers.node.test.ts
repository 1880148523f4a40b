/** FaceNet's own networks and MobileFaceNet as ONNX, in the stock runtime, against PyTorch. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { python } from '../support/node/python.ts';

const SCRIPT = fileURLToPath(new URL('papers.py', import.meta.url));
/** PAPERS=nn1,nn2,nn3,nns1-paper has the large ones checked too. */
const NETWORKS = process.env.PAPERS?.split(',') ?? ['nns2-paper', 'nn4', 'mobilefacenet'];
const PATIENCE_MS = 300_000;

describe.skipIf(!python)('networks of the papers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'papers-'));
  beforeAll(() => {
    const run = spawnSync(python ?? '', [SCRIPT, folder, ...NETWORKS], { encoding: 'utf8' });
    expect(run.status, run.stderr).toBe(0);
    ort.env.wasm.numThreads = 1;
  }, PATIENCE_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(NETWORKS)(
    '%s makes of a crop what it makes of it in PyTorch',
    async (name) => {
      const file = (part: string) => new Uint8Array(readFileSync(join(folder, name, part)));
      const [height, width] = JSON.parse(new TextDecoder().decode(file('size.json')));
      const session = await ort.InferenceSession.create(file('network.onnx'));
      const crops = file('crops.u8');
      const expected = new Float32Array(file('expected.f32').buffer);
      const crop = new ort.Tensor('uint8', crops, [2, 3, height, width]);
      const { embedding } = await session.run({ crop });
      const found = embedding?.data as Float32Array;
      for (const row of [0, 1]) {
        const [a, b] = [found, expected].map((all) => all.subarray(128 * row, 128 * (row + 1)));
        const cosine = (a as Float32Array).reduce((sum, x, i) => sum + x * (b?.[i] ?? 0), 0);
        expect(cosine).toBeGreaterThan(0.9999);
      }
      await session.release();
    },
    PATIENCE_MS,
  );
});
