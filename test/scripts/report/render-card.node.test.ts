import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shippedCascades } from '../../../scripts/engine/cascade-folder.ts';
import { deployedModel, deployedNetwork } from '../../../scripts/engine/model-folder.ts';
import { renderCard } from '../../../scripts/report/render-card.ts';
import { cascadeName } from '../../../worker/face/decision/cascade.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Documents with a table that is written from what was measured. */
const DOCUMENTS = ['README.md', 'docs/benchmarks.md', 'docs/cascade.md', 'docs/login.md'];

let folder: string;
let readme: string;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'card-'));
  [folder, readme] = [join(root, 'model'), join(root, 'README.md')];
  for (const path of ['model', ...DOCUMENTS]) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

it('writes the card and the documents as they are committed', () => {
  renderCard(folder, readme, deployedNetwork());
  for (const path of ['model/MODEL_CARD.md', ...DOCUMENTS]) {
    const written = readFileSync(join(folder, '..', path), 'utf8');
    expect(written, path).toBe(readFileSync(join(ROOT, path), 'utf8'));
  }
});

it('refuses figures of other weights', () => {
  const [cascade] = shippedCascades();
  if (cascade === undefined) throw new Error('no cascade is shipped');
  const file = join(folder, 'cascades', `${cascadeName(cascade)}.json`);
  writeFileSync(file, JSON.stringify({ ...cascade, fastSha256: 'other' }));
  expect(() => renderCard(folder, readme, deployedNetwork())).toThrow(
    `${cascade.fast}: network.onnx was changed since the cascade was measured`,
  );
  writeFileSync(join(folder, cascade.slow, 'network.onnx'), 'other');
  expect(() => renderCard(folder, readme, deployedNetwork())).toThrow(
    `${cascade.slow}: network.onnx was changed since it was measured`,
  );
});

it('has the deployed cascade first, and none where no folder is', () => {
  const cascades = shippedCascades(join(folder, 'cascades'));
  expect(cascades.map(cascadeName)[0]).toBe(deployedModel());
  writeFileSync(join(folder, 'cascades', 'notes.txt'), 'nothing to read');
  expect(shippedCascades(join(folder, 'cascades'))).toEqual(cascades);
  expect(shippedCascades(join(folder, 'none'))).toEqual([]);
});
