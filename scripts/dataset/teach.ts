/**
 * A teacher's embedding of every crop of a pack: the mean of its unit embeddings of the crop and of
 * its mirror image, made unit again, as `teacher-NAME.f32` (N x dimension) in the pack:
 * `npm run tool -- teach --teacher NAME --weights FILE.onnx PACK...`.
 *
 * Embeddings of a network of `model/` (`--model NAME`), as the Worker takes them, are `teacher-ours-NAME.f32`: measured beside
 * others on the same crops by `npm run tool -- peers`. With `--mirror` it is a teacher like others, of a smaller network: `teacher-NAME.f32`.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inShards } from '../batch/shards.ts';
import { defineTool } from '../define-tool.ts';
import { openModel, shippedModels } from '../engine/model-folder.ts';
import { chooseRuntimeFor, useStockRuntime } from '../engine/networks.ts';
import { Mistake } from '../mistake.ts';
import { openPack, oursIn } from './pack.ts';
import type { TeachTask } from './teach-worker.ts';
import { TEACHERS } from './teachers.ts';

export default defineTool({
  name: 'teach',
  description: "Embed a pack's crops by a teacher, a network that ours are distilled from",
  args: {
    teacher: {
      type: 'enum',
      options: Object.keys(TEACHERS),
      description: 'Each by its terms: scripts/dataset/teachers.ts',
    },
    weights: { type: 'string', valueHint: 'file.onnx', description: "The teacher's network" },
    model: {
      type: 'enum',
      options: shippedModels(),
      description: 'In place of a teacher: a network of model/',
    },
    mirror: {
      type: 'boolean',
      default: false,
      description: 'With --model: always the mean with the mirror image, to be taught to another',
    },
    packs: { type: 'positional', valueHint: '...', description: 'What `crops` made' },
  },
  rest: true,
  async run({ teacher, weights, model, mirror }, { positionals }) {
    if ((teacher === undefined) === (model === undefined)) {
      throw new Mistake('--teacher or --model: one of the two');
    }
    if (mirror && model === undefined) throw new Mistake('--mirror: teachers always are');
    if (model !== undefined) {
      const { network } = openModel(model);
      chooseRuntimeFor([network]);
      for (const folder of positionals) {
        await embedPack(folder, mirror ? model : oursIn(model), { weights: network, mirror });
      }
      return;
    }
    const name = teacher as string;
    if (!(name in TEACHERS)) throw new Mistake(`--teacher: none is called ${name}`);
    if (weights === undefined) throw new Mistake('--weights is missing');
    useStockRuntime();
    for (const folder of positionals) {
      await embedPack(folder, name, { teacher: name, weights });
    }
  },
});

/** @param name of the embeddings in the pack */
async function embedPack(
  folder: string,
  name: string,
  by: Pick<TeachTask, 'teacher' | 'weights' | 'mirror'>,
): Promise<void> {
  const { count } = openPack(folder);
  const target = join(folder, `teacher-${name}.f32`);
  writeFileSync(`${target}.part`, '');
  console.log(folder);
  await inShards<number, TeachTask>(
    new URL('./teach-worker.ts', import.meta.url),
    join(folder, `shards-${name}`),
    Array.from({ length: count }, (_, i) => i),
    'crops',
    (shard) => ({
      folder,
      ...by,
      from: shard[0] as number,
      to: (shard.at(-1) as number) + 1,
    }),
    ({ bytes }) => appendFileSync(`${target}.part`, bytes),
  );
  renameSync(`${target}.part`, target);
}
