/**
 * Splits the people of a picture set into those to choose checkpoints by, those to calibrate on,
 * and those not to train on: `npm run split -- --pictures FOLDER --drop FILE --out FOLDER`.
 *
 * The split depends on nothing but the names, so anyone can repeat it: people are ordered by the
 * SHA-256 of `visavis:NAME`, the first 200 choose, the next 600 calibrate. Writes `choose.txt`,
 * `calibrate.txt` and `not-train.txt` (both, then the drop list), a name a line.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { personOf, readList, split } from './identities.ts';
import { isPicture, openPictures } from './pictures.ts';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    drop: { type: 'string' },
    out: { type: 'string' },
    person: { type: 'string', default: '(?:^|/)(\\d+)_[^/]*$' },
    choose: { type: 'string', default: '200' },
    calibrate: { type: 'string', default: '600' },
  },
});
if (values.pictures === undefined || values.out === undefined) {
  console.log(`npm run split -- --pictures FOLDER --out FOLDER [options]

  --pictures FOLDER  pictures whose names tell the person
  --out FOLDER       where choose.txt, calibrate.txt and not-train.txt go
  --drop FILE        people to leave out of everything, one a line
  --person PATTERN   regular expression whose first group is the person; default: the number
                     before the first _ of the file name
  --choose N         people to choose checkpoints by (200)
  --calibrate N      people to calibrate on (600)`);
  process.exit(values.help ? 0 : 2);
}
const drop = values.drop === undefined ? [] : readList(values.drop);
const pattern = new RegExp(values.person);
const people = [...openPictures(values.pictures).keys()]
  .filter(isPicture)
  .flatMap((file) => personOf(file, pattern) ?? []);
const { choose, calibrate } = split(people, drop, {
  choose: Number(values.choose),
  calibrate: Number(values.calibrate),
});
mkdirSync(values.out, { recursive: true });
const lists = { choose, calibrate, 'not-train': [...choose, ...calibrate, ...drop] };
for (const [name, list] of Object.entries(lists)) {
  writeFileSync(join(values.out, `${name}.txt`), list.map((person) => `${person}\n`).join(''));
  console.log(`${name}.txt: ${list.length}`);
}
