/**
 * The people of a picture set, split into those to choose checkpoints by, those to calibrate on,
 * and those not to train on: `npm run tool -- split --pictures FOLDER --out FOLDER`.
 *
 * The split depends on nothing but the names, so anyone can repeat it: people are ordered by the
 * SHA-256 of `visavis:NAME`, the first 200 choose, the next 600 calibrate. Writes `choose.txt`,
 * `calibrate.txt`, `not-train.txt` (both, then the drop list) and `held-out.txt` (who is in no training
 * and sets no threshold: `npm run tool -- identification`), a name a line.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool, pattern, wholeNumber } from '../define-tool.ts';
import { readList, split } from './identities.ts';
import { picturesOfPeople } from './people.ts';

export default defineTool({
  name: 'split',
  description: 'Split people into those to choose by, to calibrate on, and not to train on',
  args: {
    pictures: {
      type: 'string',
      required: true,
      valueHint: 'source',
      description: 'Folder or tar of pictures whose names tell the person',
    },
    out: {
      type: 'string',
      required: true,
      valueHint: 'folder',
      description: 'Where the lists go',
    },
    drop: {
      type: 'string',
      valueHint: 'file',
      description: 'People to leave out of everything, one a line',
    },
    person: {
      type: 'string',
      valueHint: 'pattern',
      default: '(?:^|/)(\\d+)_[^/]*$',
      description: 'Regular expression whose first group is the person',
    },
    choose: { type: 'string', valueHint: 'n', default: '200', description: 'People to choose by' },
    calibrate: {
      type: 'string',
      valueHint: 'n',
      default: '600',
      description: 'People to calibrate on',
    },
  },
  run(args) {
    const drop = args.drop === undefined ? [] : readList(args.drop);
    const people = picturesOfPeople(args.pictures, { person: pattern(args.person) });
    const { choose, calibrate } = split(
      people.map(({ person }) => person),
      drop,
      {
        choose: wholeNumber(args.choose, 'choose'),
        calibrate: wholeNumber(args.calibrate, 'calibrate'),
      },
    );
    mkdirSync(args.out, { recursive: true });
    const lists = {
      choose,
      calibrate,
      'not-train': [...choose, ...calibrate, ...drop],
      'held-out': [...choose, ...drop],
    };
    for (const [name, list] of Object.entries(lists)) {
      writeFileSync(join(args.out, `${name}.txt`), list.map((person) => `${person}\n`).join(''));
      console.log(`${name}.txt: ${list.length}`);
    }
  },
});
