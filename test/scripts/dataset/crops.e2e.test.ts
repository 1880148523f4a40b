/** `crops` into a folder that has a pack already. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openPack } from '../../../scripts/dataset/pack.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-crops-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pack = join(folder, 'pack');
const pictures = join(folder, 'pictures');

const crops = () =>
  spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/tool.ts', 'crops', '--from', pictures, '--out', pack],
    { encoding: 'utf8' },
  );

it('leaves no pack of before, nor embeddings of its crops, where it is cut off', () => {
  mkdirSync(join(pictures, 'ann'), { recursive: true });
  copyFileSync('test/fixtures/faces/face.jpg', join(pictures, 'ann/1.jpg'));
  expect(crops().status).toBe(0);
  expect(openPack(pack).count).toBe(1);
  const ofCrops = ['teacher-dlib.f32', 'teacher-dlib.f32.part', 'teacher-mobilefacenet.part'];
  ofCrops.push('maps.json', 'maps-last.i8', 'overlap.txt');
  for (const name of ofCrops) writeFileSync(join(pack, name), '');
  symlinkSync('nowhere', join(pictures, 'ann/2.jpg'));
  const { status, stderr } = crops();
  expect(status).toBe(1);
  expect(stderr).toContain("ENOENT: no such file or directory, open '");
  expect(() => openPack(pack)).toThrow(`${pack} holds no pack, or one whose \`crops\` was cut off`);
  expect(readdirSync(pack).filter((name) => ofCrops.includes(name))).toEqual([]);
});
