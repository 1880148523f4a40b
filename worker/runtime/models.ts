/**
 * The embedding networks that are deployed; `MODEL` in wrangler.toml names the one that serves.
 *
 * To add one, put its files into `model/NAME/` (`npm run card` writes them) and a line here. Each
 * adds its weights to the Worker's size.
 */
import nns2Calibration from '../../model/nns2/calibration.json';
import nns2 from '../../model/nns2/network.onnx';

export const MODELS = {
  nns2: { weights: nns2, calibration: nns2Calibration },
} as const;

export type ModelName = keyof typeof MODELS;
