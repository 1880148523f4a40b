/** The model card and the tables of the documents, written from what was measured of each model. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cascadeName } from '../../worker/face/decision/cascade.ts';
import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import type { CascadeFile } from '../calibrate/cascade-file.ts';
import { readOnnx } from '../convert/onnx-reader.ts';
import { shippedCascades } from '../engine/cascade-folder.ts';
import { sha256 } from '../engine/sha256.ts';
import type { GroupingFile } from '../identification/grouping-report.ts';
import type { IdentificationFile } from '../identification/identification-report.ts';
import { cascadeText } from './cascade-text.ts';
import type { FloorFile } from './floor-section.ts';
import { loginBlock } from './login-block.ts';
import { replaceBlock } from './marked-block.ts';
import { type AccuracyFile, benchmarksBlock, type CardModel, modelCard } from './model-card.ts';
import { readmeBlock } from './readme-block.ts';

/**
 * Card, README, docs/benchmarks.md, docs/cascade.md and docs/login.md, of every model that has been measured. The network that
 * serves comes first, then the fast ones before it.
 */
export function renderCard(folder: string, readme: string, shipped: string): void {
  const measured = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'accuracy.json')))
    .map((name) => readModel(name, join(folder, name)));
  if (measured.length === 0) throw new Error(`no measured model in ${folder}`);
  const cascades = readCascades(folder, measured);
  const first = [...new Set([shipped, ...cascades.map(({ fast }) => fast)])];
  const models = [
    ...first.flatMap((name) => measured.filter((model) => model.name === name)),
    ...measured.filter(({ name }) => !first.includes(name)),
  ];
  writeFileSync(join(folder, 'MODEL_CARD.md'), modelCard(models));
  if (existsSync(readme)) {
    const text = readFileSync(readme, 'utf8');
    const block = readmeBlock(models, cascades);
    writeFileSync(readme, replaceBlock(text, 'accuracy', block));
  }
  const benchmarks = join(dirname(readme), 'docs/benchmarks.md');
  if (existsSync(benchmarks)) {
    const text = readFileSync(benchmarks, 'utf8');
    writeFileSync(benchmarks, replaceBlock(text, 'accuracy', benchmarksBlock(models, shipped)));
  }
  const cascade = join(dirname(readme), 'docs/cascade.md');
  if (existsSync(cascade)) {
    const text = cascades.reduce(
      (text, file) => replaceBlock(text, `cascade ${cascadeName(file)}`, cascadeText(file)),
      readFileSync(cascade, 'utf8'),
    );
    writeFileSync(cascade, text);
  }
  const login = join(dirname(readme), 'docs/login.md');
  const main = models.find(({ name }) => name === shipped);
  if (main && existsSync(login)) {
    const text = readFileSync(login, 'utf8');
    writeFileSync(login, replaceBlock(text, 'accuracy', loginBlock(main)));
  }
}

/** @throws Error where a cascade was measured on other weights than lie there now */
function readCascades(folder: string, models: readonly CardModel[]): CascadeFile[] {
  const cascades = shippedCascades(join(folder, 'cascades'));
  for (const { fast, slow, fastSha256, slowSha256 } of cascades) {
    for (const [name, measured] of [
      [fast, fastSha256],
      [slow, slowSha256],
    ] as const) {
      if (models.find((model) => model.name === name)?.accuracy.sha256 !== measured) {
        throw new Error(
          `${name}: network.onnx was changed since the cascade was measured; run the tool cascade`,
        );
      }
    }
  }
  return cascades;
}

/** @throws Error where the numbers were measured on other weights than lie there now */
function readModel(name: string, folder: string): CardModel {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown;
  const network = join(folder, 'network.onnx');
  const accuracy = read('accuracy.json') as AccuracyFile;
  const calibration = read('calibration.json') as CalibrationFile;
  const hash = sha256(network);
  if (accuracy.sha256 !== hash || calibration.sha256 !== hash) {
    throw new Error(`${name}: network.onnx was changed since it was measured; run the tool card`);
  }
  const bytes = readFileSync(network);
  // Files of other tools may be missing, but not be of other weights.
  const measured = <File extends { readonly sha256: string }>(tool: string): File | undefined => {
    if (!existsSync(join(folder, `${tool}.json`))) return undefined;
    const file = read(`${tool}.json`) as File;
    if (file.sha256 === hash) return file;
    throw new Error(
      `${name}: network.onnx was changed since it was measured; run the tool ${tool}`,
    );
  };
  const size = statSync(network).size;
  return {
    name,
    size,
    network: readOnnx(bytes),
    calibration,
    accuracy,
    grouping: measured<GroupingFile>('grouping'),
    identification: measured<IdentificationFile>('identification'),
    floor: measured<FloorFile>('floor'),
  };
}
