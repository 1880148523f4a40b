/**
 * People of a pack who are probably in it under two names, or have a picture of somebody else, as
 * two teachers see it, for `npm run tool -- calibrate --drop FILE`:
 * `npm run tool -- screen --pack PACK --out FILE`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import { commandLine } from '../provenance.ts';
import { openPack, readNotes } from './pack.ts';
import { drop, screen, type Teaching } from './screening.ts';
import { TEACHERS } from './teachers.ts';

/** Teachers who have to agree, where none are named. */
const DEFAULT_TEACHERS = ['mobilefacenet', 'dlib'];

export default defineTool({
  name: 'screen',
  description: 'List people who are in a pack under two names, or with a picture of another',
  repeatable: ['teacher'],
  args: {
    pack: {
      type: 'string',
      required: true,
      valueHint: 'pack',
      description: 'Crops, with teacher-NAME.f32 of each teacher (`crops`, `teach`)',
    },
    out: { type: 'string', required: true, valueHint: 'file.json', description: 'The list' },
    teacher: {
      type: 'string',
      valueHint: 'name',
      description: `All must agree; may be repeated (${DEFAULT_TEACHERS.join(', ')})`,
    },
    quantile: {
      type: 'string',
      valueHint: 'share',
      default: '0.9',
      description:
        "Two people are taken for one when their means are as close as those of two halves of one person's pictures are for this share of people",
    },
  },
  run({ pack, out, quantile }, { all, rawArgs }) {
    const { count } = openPack(pack);
    const crops = readNotes(pack);
    const persons = crops.map(({ person }) => person ?? '');
    if (persons.includes('')) throw new Mistake('crops without a person cannot be screened');
    const named = all('teacher');
    const teachers = named.length > 0 ? named : DEFAULT_TEACHERS;
    const screening = screen(
      persons,
      teachers.map((name) => readTeaching(pack, name, count)),
      Number(quantile),
    );
    const dropped = drop(screening);
    const report = {
      pack: basename(pack),
      identities: new Set(persons).size,
      command: commandLine('screen', rawArgs),
      ...screening,
      strays: screening.strays.map((stray) => ({ ...stray, file: crops[stray.crop]?.file })),
      dropped,
    };
    writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
    const { twins, strays } = screening;
    console.log(`${twins.length} pairs of people are probably one person twice`);
    console.log(`${strays.length} pictures are probably of somebody else`);
    for (const { identity, because } of dropped) console.log(`drop ${identity}: ${because}`);
  },
});

/** @throws Mistake where the pack has no embeddings of that teacher, or others than its crops' */
function readTeaching(pack: string, name: string, count: number): Teaching {
  const dimension = TEACHERS[name]?.dimension;
  if (dimension === undefined) throw new Mistake(`--teacher: none is called ${name}`);
  const bytes = readFileSync(join(pack, `teacher-${name}.f32`));
  if (bytes.length !== 4 * count * dimension) throw new Mistake(`teacher-${name}.f32 does not fit`);
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  const embeddings = Array.from({ length: count }, (_, i) =>
    values.subarray(i * dimension, (i + 1) * dimension),
  );
  return { name, embeddings };
}
