/**
 * The detector and the landmark network, converted to ONNX: `npm run tool -- convert-face-models`.
 */
import { writeFileSync } from 'node:fs';
import { defineTool } from '../define-tool.ts';
import { DETECTOR, LANDMARKER } from '../engine/networks.ts';
import { blazefaceModel } from './blazeface.ts';
import { facemeshModel } from './facemesh.ts';

export default defineTool({
  name: 'convert-face-models',
  description: "Write the detector's and the landmarks' network to model/, from npm's MediaPipe",
  run() {
    for (const [file, model] of [
      [DETECTOR, blazefaceModel()],
      [LANDMARKER, facemeshModel()],
    ] as const) {
      writeFileSync(file, model);
      console.log(`${file.pathname.split('/').slice(-2).join('/')}: ${model.length} bytes`);
    }
  },
});
