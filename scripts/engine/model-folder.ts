/** A model as it is shipped: a folder with `network.onnx` and what is known about it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Calibration } from '../../worker/face/decision/calibration.ts';
import { networksOf } from '../../worker/face/decision/cascade.ts';
import { Mistake } from '../mistake.ts';
import {
  chooseRuntimeFor,
  DETECTOR,
  LANDMARKER,
  MODEL_FOLDER,
  useStockRuntime,
} from './networks.ts';
import { sha256 } from './sha256.ts';

export interface ModelFolder {
  readonly name: string;
  readonly folder: string;
  readonly network: string;
}

/** Value of `MODEL` in `wrangler.toml`: a network, or a cascade as `FAST+SLOW`. */
export function deployedModel(): string {
  const settings = readFileSync(new URL('../../wrangler.toml', import.meta.url), 'utf8');
  const name = /^MODEL = "([^"]+)"/m.exec(settings)?.[1];
  if (name === undefined) throw new Error('wrangler.toml names no MODEL');
  return name;
}

/** The network that serves, of a cascade the slow one, which templates and logins are by. */
export const deployedNetwork = (): string => networksOf(deployedModel()).slow;

/** Option of the tools that take a model. */
export const MODEL_ARG = {
  type: 'string',
  valueHint: 'name',
  default: deployedNetwork(),
  description: 'A folder of model/, or any folder with network.onnx',
} as const;

/** Names of all networks in `model/`. */
export function shippedModels(): string[] {
  const folder = fileURLToPath(MODEL_FOLDER);
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'network.onnx')));
}

/**
 * @param model the name of a folder in `model/`, or any folder's path
 * @throws Mistake where it is neither
 */
export function openModel(model: string): ModelFolder {
  const shipped = join(fileURLToPath(MODEL_FOLDER), model);
  const folder = existsSync(join(shipped, 'network.onnx')) ? shipped : resolve(model);
  const network = join(folder, 'network.onnx');
  if (!existsSync(network)) {
    const shipped = shippedModels().join(', ');
    throw new Mistake(`--model: no network.onnx in ${folder}; those of model/ are ${shipped}`);
  }
  return { name: basename(folder), folder, network };
}

/** Sees to it that the networks can run: the stock runtime takes those that are not deployed. */
export function chooseRuntime({ network }: ModelFolder, others: readonly string[] = []): void {
  if (others.length > 0) useStockRuntime();
  chooseRuntimeFor([network]);
}

/** @returns undefined where the model has not been calibrated yet */
export function readCalibration({ folder }: ModelFolder): Calibration | undefined {
  const file = join(folder, 'calibration.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Calibration) : undefined;
}

/** SHA-256 of the detector and of the landmark network: others would cut out other crops. */
export interface FaceModelSha256 {
  readonly detectorSha256: string;
  readonly landmarkerSha256: string;
}

export function faceModelSha256(): FaceModelSha256 {
  return { detectorSha256: sha256(DETECTOR), landmarkerSha256: sha256(LANDMARKER) };
}
