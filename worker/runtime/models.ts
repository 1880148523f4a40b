/**
 * The embedding networks that are deployed; `MODEL` in wrangler.toml names the one that serves, or the two of a cascade.
 *
 * A new network: put `network.onnx` into `model/NAME/`, run `npm run tool -- card`, which writes the JSON files, add it
 * here and in `scripts/bench/stock-worker.ts`, then run `npm run tool -- runtime`: onnxruntime.wasm carries the
 * weights of those that are listed here, which add to the Worker's size. Others in `model/` are measured, and not deployed.
 */

import inceptionSmall2MobilefacenetInt8 from '../../model/cascades/inception-small-2+mobilefacenet-int8.json';
import inceptionGenerated3Accuracy from '../../model/inception-generated-3/accuracy.json';
import inceptionGenerated3Calibration from '../../model/inception-generated-3/calibration.json';
import inceptionSmall2Accuracy from '../../model/inception-small-2/accuracy.json';
import inceptionSmall2Calibration from '../../model/inception-small-2/calibration.json';
import mobilefacenetAccuracy from '../../model/mobilefacenet/accuracy.json';
import mobilefacenetCalibration from '../../model/mobilefacenet/calibration.json';
import mobilefacenetInt8Accuracy from '../../model/mobilefacenet-int8/accuracy.json';
import mobilefacenetInt8Calibration from '../../model/mobilefacenet-int8/calibration.json';
import { Refusal } from '../errors.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../face/alignment/align.ts';
import { type Calibration, operatingPointsFor } from '../face/decision/calibration.ts';
import {
  type CascadeCalibration,
  type CascadeRate,
  type CascadeRule,
  cascadeName,
} from '../face/decision/cascade.ts';
import { DIMENSION } from '../face/embedding/embed.ts';

export const MODELS = {
  'mobilefacenet-int8': deployed(
    'mobilefacenet-int8',
    mobilefacenetInt8Calibration,
    mobilefacenetInt8Accuracy,
  ),
  mobilefacenet: deployed('mobilefacenet', mobilefacenetCalibration, mobilefacenetAccuracy),
  'inception-generated-3': deployed(
    'inception-generated-3',
    inceptionGenerated3Calibration,
    inceptionGenerated3Accuracy,
  ),
  'inception-small-2': deployed(
    'inception-small-2',
    inceptionSmall2Calibration,
    inceptionSmall2Accuracy,
  ),
} as const;

export type ModelName = keyof typeof MODELS;

export function isModel(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}

/** All that was measured of a cascade, as `npm run tool -- cascade` wrote it. */
interface CascadeCard {
  readonly fast: string;
  readonly slow: string;
  readonly rule: CascadeRule;
  readonly rates: readonly CascadeRate[];
  readonly templates: readonly {
    readonly pictures: number;
    readonly rates: readonly CascadeRate[];
  }[];
}

export const CASCADES: readonly CascadeCard[] = [inceptionSmall2MobilefacenetInt8];

/** The card of a cascade. @throws Refusal `not_configured` for one that was not measured */
export function cascadeCard(fast: string, slow: string): CascadeCard {
  const found = CASCADES.find((cascade) => cascade.fast === fast && cascade.slow === slow);
  if (found !== undefined) return found;
  const measured = CASCADES.map(cascadeName).join(', ');
  const alone = isModel(slow) ? ` As MODEL_PREVIOUS, ${slow} alone opens its templates.` : '';
  const detail = `MODEL, or MODEL_PREVIOUS: no cascade of ${fast} and ${slow} was measured, only ${measured}.${alone}`;
  throw new Refusal({ code: 'not_configured', detail });
}

/**
 * Operating points where `fast` looks before `slow`: those of each network, and the cascade's own rates.
 *
 * @throws Refusal `not_configured` where they were not measured together
 */
export function cascadeCalibration(fast: string, slow: string): CascadeCalibration {
  const { templates, rule, rates } = cascadeCard(fast, slow);
  const { calibration: one } = MODELS[fast as ModelName];
  const { calibration: other } = MODELS[slow as ModelName];
  return {
    pairs: { fast: one, slow: other, rule, rates },
    templates: templates.map(({ pictures, rates }) => ({
      pictures,
      fast: operatingPointsFor(one, pictures),
      slow: operatingPointsFor(other, pictures),
      rule,
      rates,
    })),
  };
}

function deployed(
  name: string,
  calibration: Calibration &
    Readonly<Record<'sha256' | 'detectorSha256' | 'landmarkerSha256', string>>,
  accuracy: unknown,
) {
  const input = { width: CROP_WIDTH, height: CROP_HEIGHT };
  const { sha256, detectorSha256, landmarkerSha256 } = calibration;
  return {
    calibration,
    card: {
      name,
      sha256,
      detectorSha256,
      landmarkerSha256,
      input,
      dimension: DIMENSION,
      calibration,
      accuracy,
    },
  };
}
