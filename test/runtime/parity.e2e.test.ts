/** One pipeline, three places: Node, workerd, and onnxruntime before and after trimming. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Pool } from '../../scripts/batch/pool.ts';
import { readOnnx } from '../../scripts/convert/onnx-reader.ts';
import {
  deployedModel,
  type ModelFolder,
  openModel,
  readCalibration,
} from '../../scripts/engine/model-folder.ts';
import type { Embedded, EmbedTask } from '../../scripts/evaluate/embed-worker.ts';
import { distanceOfViews } from '../../scripts/evaluate/views.ts';
import type { Calibration } from '../../worker/face/decision/calibration.ts';
import { atRate, fastDecides, fuse, networksOf } from '../../worker/face/decision/cascade.ts';
import type { Verification } from '../../worker/face/verify.ts';
import { cascadeCalibration, MODELS } from '../../worker/runtime/models.ts';
import { sharedServer } from '../support/node/shared-server.ts';

const FACES = new URL('../fixtures/faces/', import.meta.url);
const NETWORKS = Object.keys(MODELS).map(openModel);
const NAMES = ['face.jpg', 'face.webp', 'face-grey.jpg', 'face-dark.jpg', 'face-turned+40.jpg'];

/** Answers tell thousandths; the two machines differ by less than a millionth. */
const ROUNDED = 1e-3 + 1e-6;

/** Rate that a request asks for by default. */
const FAR = 1e-3;

/**
 * Each network's embeddings of all pictures, by a thread of its own: a process holds one runtime
 * only.
 */
async function embeddings(
  runtime: 'stock' | 'deployed',
): Promise<Map<string, readonly Float32Array[]>> {
  process.env.ONNXRUNTIME = runtime;
  const pool = new Pool<EmbedTask, Embedded>(
    new URL('../../scripts/evaluate/embed-worker.ts', import.meta.url),
    1,
  );
  const found = new Map<string, readonly Float32Array[]>();
  try {
    await pool.map(
      NAMES,
      (name) => ({
        place: { path: fileURLToPath(new URL(name, FACES)) },
        faces: 'dominant',
        networks: NETWORKS.map(({ network }) => network),
      }),
      (name, result) => {
        if ('code' in result) throw new Error(`${name}: ${result.code}`);
        found.set(name, result.views);
      },
    );
  } finally {
    await pool.close();
    delete process.env.ONNXRUNTIME;
  }
  return found;
}

/** Squared distance of two lists of numbers; NaN where there are none. */
function squared(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b?.length !== a.length) return Number.NaN;
  return a.reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0);
}

/**
 * Squared distance that rounding may move an embedding by. A pixel of the crop that is rounded the other way
 * moves int8 embeddings by their own steps.
 */
function mostOf({ network }: ModelFolder): number {
  return readOnnx(readFileSync(network)).metadata.precision === 'int8' ? 1e-2 : 1e-5;
}

/** Distance of two pictures by one of the networks. */
function distanceBy(
  network: string,
  pictures: readonly [string, string],
  views: ReadonlyMap<string, readonly Float32Array[]>,
): number {
  const at = NETWORKS.findIndex(({ name }) => name === network);
  const [a, b] = pictures.map((picture) => views.get(picture)?.[at]);
  if (a === undefined || b === undefined) throw new Error(`no ${network}`);
  return distanceOfViews(readCalibration(openModel(network)) as Calibration)(a, b);
}

function cascaded(one: number, other: number, fast: string, slow: string): number {
  const points = atRate(cascadeCalibration(fast, slow).pairs, FAR);
  return fastDecides(one, points) ? one : fuse(one, other, points);
}

describe('parity', () => {
  const deployed = embeddings('deployed');

  it('our kernels in onnxruntime change an embedding by their rounding alone', async () => {
    const ours = await deployed;
    const stock = await embeddings('stock');
    expect(ours.size).toBe(NAMES.length);
    expect(NETWORKS.length).toBeGreaterThan(1);
    for (const name of NAMES) {
      NETWORKS.forEach((network, i) => {
        const far = squared(ours.get(name)?.[i], stock.get(name)?.[i]);
        expect(far, `${network.name}, ${name}`).toBeLessThan(mostOf(network));
      });
    }
  });

  it('workerd gives the distances that Node gives', async () => {
    const ours = await deployed;
    const server = await sharedServer();
    for (const name of NAMES.slice(1)) {
      const form = new FormData();
      for (const [field, file] of [
        ['reference', 'face.jpg'],
        ['probe', name],
      ] as const) {
        form.set(field, new Blob([Uint8Array.from(readFileSync(new URL(file, FACES)))]), file);
      }
      const response = await fetch(new URL('/v1/verify', server), {
        method: 'POST',
        headers: { authorization: 'Bearer visavis-dev' },
        body: form,
      });
      const { distance, model } = (await response.json()) as Verification;
      expect(distance).toBeGreaterThan(0);
      expect(model).toBe(deployedModel());
      const { fast, slow } = networksOf(model);
      const by = (network: string) => distanceBy(network, ['face.jpg', name], ours);
      const expected = fast === undefined ? by(slow) : cascaded(by(fast), by(slow), fast, slow);
      expect(Math.abs(distance - expected)).toBeLessThan(ROUNDED);
    }
  });
});
