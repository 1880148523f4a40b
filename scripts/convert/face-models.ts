/** Writes the networks that faces are found and cut out by: `npm run convert`. */
import { writeFileSync } from 'node:fs';
import { DETECTOR, LANDMARKER } from '../runtime/networks.ts';
import { blazefaceModel } from './blazeface.ts';
import { facemeshModel } from './facemesh.ts';

for (const [file, model] of [
  [DETECTOR, blazefaceModel()],
  [LANDMARKER, facemeshModel()],
] as const) {
  writeFileSync(file, model);
  console.log(`${file.pathname.split('/').slice(-2).join('/')}: ${model.length} bytes`);
}
