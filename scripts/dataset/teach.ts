/**
 * A teacher's embedding of every crop of a pack: the mean of its unit embeddings of the crop and of
 * its mirror image, made unit again, as `teacher-NAME.f32` (N x dimension) in the pack:
 * `npm run tool -- teach --teacher NAME --weights FILE.onnx PACK...`.
 *
 * NAME may be a network of `model/`: its embeddings as the Worker takes them, to be measured
 * beside others on the same crops (`npm run tool -- peers`).
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inShards } from '../batch/shards.ts';
import { defineTool, Mistake } from '../define-tool.ts';
import { openModel, shippedModels } from '../engine/model-folder.ts';
import { useStockRuntime } from '../engine/networks.ts';
import { openPack } from './pack.ts';
import type { TeachTask } from './teach-worker.ts';
import { TEACHERS } from './teachers.ts';

export default defineTool({
  name: 'teach',
  description: "Embed a pack's crops by a teacher, a network that ours are distilled from",
  args: {
    teacher: {
      type: 'enum',
      options: [...Object.keys(TEACHERS), ...shippedModels()],
      required: true,
      description: 'Each by its terms: scripts/dataset/teachers.ts; or one of model/',
    },
    weights: {
      type: 'string',
      valueHint: 'file.onnx',
      description: "The teacher's network; one of model/ has its own",
    },
    packs: { type: 'positional', valueHint: '...', description: 'What `crops` made' },
  },
  rest: true,
  async run({ teacher, weights }, { positionals }) {
    const isOurs = shippedModels().includes(teacher);
    if (!isOurs && !(teacher in TEACHERS))
      throw new Mistake(`--teacher: none is called ${teacher}`);
    if (!isOurs && weights === undefined) throw new Mistake('--weights is missing');
    const file = weights ?? openModel(teacher).network;
    if (!isOurs) useStockRuntime();
    for (const folder of positionals) await embedPack(folder, teacher, file);
  },
});

async function embedPack(folder: string, teacher: string, weights: string): Promise<void> {
  const { count } = openPack(folder);
  const target = join(folder, `teacher-${teacher}.f32`);
  writeFileSync(`${target}.part`, '');
  console.log(folder);
  await inShards<number, TeachTask>(
    new URL('./teach-worker.ts', import.meta.url),
    join(folder, `shards-${teacher}`),
    Array.from({ length: count }, (_, i) => i),
    'crops',
    (shard) => ({
      folder,
      teacher,
      weights,
      from: shard[0] as number,
      to: (shard.at(-1) as number) + 1,
    }),
    ({ bytes }) => appendFileSync(`${target}.part`, bytes),
  );
  renameSync(`${target}.part`, target);
}
