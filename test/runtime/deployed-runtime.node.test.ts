/** The onnxruntime that is carried: which networks are in it, and that its memory can be put back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { chooseRuntime, faceModelSha256, openModel } from '../../scripts/engine/model-folder.ts';
import { compileDeployedRuntime } from '../../scripts/engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../../scripts/engine/networks.ts';
import { sha256 } from '../../scripts/engine/sha256.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import { MODELS } from '../../worker/runtime/models.ts';
import { openNetwork, restoreRuntime } from '../../worker/runtime/onnx.ts';

const RUNTIME = new URL('../../worker/runtime/onnxruntime.wasm', import.meta.url);
const runtime = compileDeployedRuntime();
const models = Object.keys(MODELS).map(openModel);
const CROPS = {
  data: new Uint8Array(2 * 3 * CROP_HEIGHT * CROP_WIDTH).map((_, i) => (i * 7919) % 256),
  shape: [2, 3, CROP_HEIGHT, CROP_WIDTH],
};

/** Memory of the runtime: the one that it is instantiated with. */
let memory: WebAssembly.Memory | undefined;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}) {
    super(module, imports);
    for (const value of Object.values(imports).flatMap((part) => Object.values(part))) {
      if (value instanceof WebAssembly.Memory) memory = value;
    }
  }
};

it('carries the deployed networks as they are in model/, and no other (npm run tool -- runtime)', () => {
  const [section] = WebAssembly.Module.customSections(runtime, 'networks');
  const { networks } = JSON.parse(new TextDecoder().decode(section)) as {
    networks: Record<string, number>;
  };
  const files = models.map(({ network }) => sha256(network));
  expect(Object.keys(networks).sort()).toEqual(
    [...files, ...Object.values(faceModelSha256())].sort(),
  );
  for (const { folder, network } of models) {
    const calibration = JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8'));
    expect(calibration.sha256).toBe(sha256(network));
  }
});

it('leaves room in the 10 MiB, compressed, that a Worker may have', () => {
  const others = 512 * 1024; // all else that is deployed: 341 KiB (npm run deploy:dry)
  expect(gzipSync(readFileSync(RUNTIME)).length).toBeLessThan(10 * 2 ** 20 - others);
});

it('opens no other network, and says what to do', async () => {
  const other = 'f'.repeat(64);
  await expect(openNetwork(other, runtime)).rejects.toThrow(
    `onnxruntime carries no network ${other}: run \`npm run tool -- runtime\``,
  );
});

it('has memory for runs of every network on one crop, so that it does not grow by a fifth', async () => {
  const crop = {
    data: CROPS.data.subarray(CROPS.data.length / 2),
    shape: [1, ...CROPS.shape.slice(1)],
  };
  const { detector, landmarker } = await loadFaceModels();
  for (const [network, side] of [
    [detector, 128],
    [landmarker, 192],
  ] as const) {
    await network.run({ data: new Float32Array(3 * side * side), shape: [1, 3, side, side] });
  }
  for (const model of models) await (await loadNetwork(model.network)).run(crop);
  const [section] = WebAssembly.Module.customSections(runtime, 'networks');
  const { pages } = JSON.parse(new TextDecoder().decode(section)) as { pages: number };
  expect((memory as WebAssembly.Memory).buffer.byteLength).toBe(pages * 65_536);
});

it('is put back to how it started: the same bits from a memory that was written over', async () => {
  for (const model of models) {
    chooseRuntime(model);
    const network = await loadNetwork(model.network);
    const before = await network.run(CROPS);
    const bytes = new Uint8Array((memory as WebAssembly.Memory).buffer);
    bytes.fill(0x5a, bytes.length >> 1);
    await expect(
      (async () => {
        const after = await network.run(CROPS);
        expect(after).toEqual(before);
      })(),
    ).rejects.toThrow();
    restoreRuntime();
    expect(await network.run(CROPS)).toEqual(before);
    expect(await network.run(CROPS)).toEqual(before);
  }
});
