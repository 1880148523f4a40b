/**
 * Yaw of the faces of a set, estimated by FSA-Net (doi:10.1109/CVPR.2019.00118), which has no part in finding
 * them: `npm run tool -- yaw-labels FOLDER --weights FOLDER --out FILE`. The set has to show its faces
 * at one place, as aligned ones do, so that nothing needs to find them.
 *
 * Weights: `fsanet-1x1-iter-688590.onnx` and `fsanet-var-iter-688590.onnx` of
 * github.com/omasaht/headpose-fsanet-pytorch, trained on 300W-LP.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inShards } from '../batch/shards.ts';
import { defineTool } from '../define-tool.ts';
import { useStockRuntime } from '../engine/networks.ts';
import { Mistake } from '../mistake.ts';
import { isPicture, openPictures } from './pictures.ts';
import type { YawLabel, YawTask } from './yaw-labels-worker.ts';
import { yawTable } from './yaw-table.ts';

export default defineTool({
  name: 'yaw-labels',
  description: 'Estimate how far each face of a set of aligned ones is turned',
  args: {
    folder: { type: 'positional', required: true, description: 'Folder or tar of pictures' },
    weights: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'Folder with the two networks of FSA-Net',
    },
    face: {
      type: 'string',
      valueHint: 'x,y,side',
      default: '0.5,0.6,0.82',
      description:
        "Where the faces are: the middle, in shares of width and height, and the square's side, in " +
        "widths; the default is CelebA's",
    },
    out: { type: 'string', required: true, valueHint: 'file', description: 'Table of labels' },
  },
  async run({ folder, weights, face, out }) {
    const [x, y, side, ...more] = face.split(',').map(Number);
    if (!(x && y && side) || more.length > 0) throw new Mistake(`--face: not x,y,side: ${face}`);
    useStockRuntime();
    const pictures = [...openPictures(folder)].filter(([file]) => isPicture(file));
    const labels: YawLabel[] = [];
    await inShards<(typeof pictures)[number], YawTask>(
      new URL('./yaw-labels-worker.ts', import.meta.url),
      mkdtempSync(join(tmpdir(), 'yaw-labels-')),
      pictures,
      'pictures',
      (shard) => ({ pictures: shard, weights, face: { x, y, side } }),
      ({ notes }) => labels.push(...(notes as YawLabel[])),
    );
    writeFileSync(out, yawTable(labels));
  },
});
