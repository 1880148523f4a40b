/** Labels of a pack by a network of ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openPack, readTeacher } from '../../../scripts/dataset/pack.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';

const MODEL = 'inception-generated-3';
const pack = mkdtempSync(join(tmpdir(), 'visavis-teach-'));
afterAll(() => rmSync(pack, { recursive: true }));

const teach = (...options: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'scripts/tool.ts', 'teach', ...options, pack], {
    encoding: 'utf8',
  });

/** Squares in colours, brighter to the right; and its mirror image. */
function writePack(): void {
  const crop = Uint8Array.from({ length: CROP_HEIGHT * CROP_WIDTH * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % CROP_WIDTH, Math.floor(i / 3 / CROP_WIDTH)];
    return (Math.floor(x / 9) * 31 + Math.floor(y / 14) * 57 + (i % 3) * 40 + x) % 256;
  });
  const mirrored = crop.map((_, i) => {
    const [row, column] = [Math.floor(i / 3 / CROP_WIDTH), Math.floor(i / 3) % CROP_WIDTH];
    return crop[3 * (row * CROP_WIDTH + CROP_WIDTH - 1 - column) + (i % 3)] as number;
  });
  writeFileSync(join(pack, 'crops.u8'), Buffer.concat([crop, mirrored]));
  writeFileSync(join(pack, 'crops.jsonl'), '{"file":"a","person":null}\n'.repeat(2));
  const size = { height: CROP_HEIGHT, width: CROP_WIDTH, count: 2 };
  writeFileSync(join(pack, 'pack.json'), JSON.stringify(size));
}

it('takes the mirror image along for a network that is to be taught, and else as the Worker does', () => {
  writePack();
  expect(teach('--model', MODEL).status).toBe(0);
  expect(teach('--model', MODEL, '--mirror').status).toBe(0);
  const [a, b] = readTeacher(openPack(pack), `ours-${MODEL}`, 128) as [Float32Array, Float32Array];
  const both = readTeacher(openPack(pack), MODEL, 128) as [Float32Array, Float32Array];
  const sum = a.map((value, i) => value + (b[i] as number));
  const mean = sum.map((value) => value / Math.hypot(...sum));
  expect(Math.hypot(...a.map((value, i) => value - (b[i] as number)))).toBeGreaterThan(0.1);
  for (const row of both) {
    expect(Math.hypot(...row.map((value, i) => value - (mean[i] as number)))).toBeLessThan(1e-5);
  }
});

it('refuses --mirror for a teacher, whose labels always take it along', () => {
  const { status, stderr } = teach('--teacher', 'dlib', '--weights', 'dlib.onnx', '--mirror');
  expect(status).toBe(1);
  expect(stderr).toContain('--mirror');
});
