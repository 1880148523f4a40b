/**
 * Writes what a teacher makes of every crop of a pack: the mean of its unit embeddings of the
 * crop and of its mirror image, made unit again, as `teacher-NAME.f32` (N x dimension) in the
 * pack: `npm run teach -- --teacher NAME --weights FILE.onnx PACK...`.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { useStockRuntime } from '../runtime/networks.ts';
import { inShards } from '../runtime/shards.ts';
import { openPack } from './pack.ts';
import type { TeachTask } from './teach-worker.ts';
import { TEACHERS } from './teachers.ts';

const { values, positionals } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    teacher: { type: 'string' },
    weights: { type: 'string' },
  },
  allowPositionals: true,
});
const { teacher, weights } = values;
if (teacher === undefined || !(teacher in TEACHERS) || !weights || positionals.length === 0) {
  const known = Object.entries(TEACHERS).map(([name, { source }]) => `  ${name}: ${source}`);
  console.log('npm run teach -- --teacher NAME --weights FILE.onnx PACK...\n');
  console.log(`Teachers:\n${known.join('\n')}`);
  process.exit(values.help ? 0 : 2);
}

useStockRuntime();
for (const folder of positionals) {
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
