/** Tools of calibration: the people that they are told to take and to leave out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ArgsDef, type CommandDef, runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import cascade from '../../../scripts/calibrate/cascade.ts';
import occlusion from '../../../scripts/calibrate/occlusion.ts';
import reliability from '../../../scripts/calibrate/reliability.ts';
import { MODEL_FOLDER } from '../../../scripts/engine/networks.ts';
import { groupingInput } from '../../../scripts/report/card.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-calibrate-'));
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  for (const file of ['people/ann/1.jpg', 'people/ann/2.jpg', 'people/bob/1.jpg']) {
    mkdirSync(dirname(inFolder(file)), { recursive: true });
    writeFileSync(inFolder(file), '');
  }
  writeFileSync(inFolder('both.txt'), 'ann\nbob\n');
  writeFileSync(inFolder('more.txt'), 'ann\nbob\ncai\n');
  const dropped = [{ identity: 'bob', because: 'is ann' }];
  writeFileSync(inFolder('screened.json'), JSON.stringify({ dropped }));
});

afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** First line on standard error of a tool that is given the pictures of the folder. */
async function failure<T extends ArgsDef>(
  tool: CommandDef<T>,
  ...args: string[]
): Promise<unknown> {
  const error = vi.spyOn(console, 'error').mockReturnValue();
  await runCommand(tool, { rawArgs: ['--pictures', inFolder('people'), ...args] });
  return error.mock.calls.at(-1)?.[0];
}

describe('npm run tool -- cascade', () => {
  const said = (...args: string[]) => failure(cascade, ...args, '--lfw', 'none', '--utk', 'none');

  it('leaves out who is dropped', async () => {
    const nobody = `no pictures of people who are wanted in ${inFolder('people')}`;
    expect(await said('--drop', inFolder('both.txt'))).toContain(nobody);
  });

  it.each(['no JSON', '["ann"]', '{"dropped": ["ann"]}', 'null'])(
    'is not told by %s',
    async (text) => {
      writeFileSync(inFolder('other.json'), text);
      expect(await said('--drop', inFolder('other.json'))).toBe(
        `${inFolder('other.json')} is not what the tool screen wrote`,
      );
    },
  );

  it('sets no threshold where people of the list have no pictures', async () => {
    const list = ['--identities', inFolder('more.txt')];
    expect(await said(...list)).toBe('1 people have no pictures: cai');
  });
});

describe('the tools whose classifiers serve', () => {
  const served = (name: string) => readFileSync(new URL(name, MODEL_FOLDER), 'utf8');

  it('do not write over them where nothing was learnt', async () => {
    const before = [served('reliability.json'), served('occlusion.json')];
    writeFileSync(inFolder('ann.txt'), 'ann\n');
    writeFileSync(inFolder('bob.txt'), 'bob\n');
    const lists = ['--identities', inFolder('ann.txt'), '--judged', inFolder('bob.txt')];
    expect(await failure(reliability, ...lists)).toBe(
      '--identities: the pictures that can be used make no pair of one person',
    );
    expect(await failure(occlusion)).toBe(
      'it takes faces of two people, each to judge by the other, not of 0',
    );
    expect([served('reliability.json'), served('occlusion.json')]).toEqual(before);
  });
});

describe('npm run tool -- card', () => {
  it('groups the people it calibrates on, without those dropped', () => {
    const pictures = inFolder('people');
    const lists = { identities: inFolder('both.txt'), drop: inFolder('screened.json') };
    const input = groupingInput({ ...lists, pictures, person: undefined, data: undefined }, 'card');
    expect(input).toEqual({
      pictures,
      person: undefined,
      only: ['ann', 'bob'],
      without: ['bob'],
      data: 'people',
      command: 'card',
    });
  });
});
