/**
 * Lists people of a pack who are probably in it under two names, or have a picture of somebody
 * else, as two teachers see it, for `npm run calibrate -- --drop FILE`:
 * `npm run screen -- --pack PACK --out FILE`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandLine } from '../report/provenance.ts';
import { openPack } from './pack.ts';
import { drop, screen, type Teaching } from './screening.ts';
import { TEACHERS } from './teachers.ts';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    pack: { type: 'string' },
    teacher: { type: 'string', multiple: true, default: ['mobilefacenet', 'dlib'] },
    quantile: { type: 'string', default: '0.9' },
    out: { type: 'string' },
  },
});
if (values.pack === undefined || values.out === undefined) {
  console.log(`npm run screen -- --pack PACK --out FILE.json [options]

  --pack PACK        crops with teacher-NAME.f32 of each teacher (npm run crops, npm run teach)
  --teacher NAME     all must agree; may be repeated (mobilefacenet, dlib)
  --quantile SHARE   two people are taken for one when their means are as close as those of two
                     halves of one person's pictures are for this share of people (0.9)`);
  process.exit(values.help ? 0 : 2);
}
const { count } = openPack(values.pack);
const crops = readFileSync(join(values.pack, 'crops.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { file: string; person: string | null });
const persons = crops.map(({ person }) => person ?? '');
if (persons.includes('')) throw new Error('crops without a person cannot be screened');

const teachings: Teaching[] = values.teacher.map((name) => {
  const bytes = readFileSync(join(values.pack as string, `teacher-${name}.f32`));
  const dimension = TEACHERS[name]?.dimension ?? 0;
  if (bytes.length !== 4 * count * dimension) throw new Error(`teacher-${name}.f32 does not fit`);
  const all = new Float32Array(Uint8Array.from(bytes).buffer);
  const rows = Array.from({ length: count }, (_, i) =>
    all.subarray(i * dimension, (i + 1) * dimension),
  );
  return { name, embeddings: rows };
});
const screening = screen(persons, teachings, Number(values.quantile));
const dropped = drop(screening);
const report = {
  pack: basename(values.pack),
  identities: new Set(persons).size,
  command: commandLine('screen', process.argv.slice(2)),
  ...screening,
  strays: screening.strays.map((stray) => ({ ...stray, file: crops[stray.crop]?.file })),
  dropped,
};
writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
const { twins, strays } = screening;
console.log(`${twins.length} pairs of people are probably one person twice`);
console.log(`${strays.length} pictures are probably of somebody else`);
for (const { identity, because } of dropped) console.log(`drop ${identity}: ${because}`);
