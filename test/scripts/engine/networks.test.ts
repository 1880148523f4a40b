/** The onnxruntime that tools run a network by. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { chooseRuntimeFor, DETECTOR, loadNetwork } from '../../../scripts/engine/networks.ts';

/** A field of text behind the model (`doc_string`): another file, the same network. */
const DOC_STRING = Uint8Array.of(0x32, 1, 0x78);

it('is the deployed one while it carries them, else the stock one, and a line says so', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  chooseRuntimeFor([DETECTOR]);
  expect(process.env.ONNXRUNTIME).toBeUndefined();
  expect(told).not.toHaveBeenCalled();

  const file = join(mkdtempSync(join(tmpdir(), 'visavis-')), 'network.onnx');
  writeFileSync(file, Buffer.concat([readFileSync(DETECTOR), DOC_STRING]));
  const network = await loadNetwork(file);
  expect(told.mock.calls).toEqual([
    [`${file} is not in the deployed onnxruntime: the stock onnxruntime runs it`],
  ]);
  const input = { data: new Float32Array(3 * 128 * 128), shape: [1, 3, 128, 128] };
  const outputs = await network.run(input);
  const usual = await (await loadNetwork(DETECTOR)).run(input);
  expect(outputs).toEqual(usual);
  expect(Object.keys(outputs).length).toBeGreaterThan(0);
});
