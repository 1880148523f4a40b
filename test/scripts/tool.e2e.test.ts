import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { TOOLS } from '../../scripts/tool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function tool(...args: string[]) {
  const argv = ['--import', 'tsx', 'scripts/tool.ts', ...args];
  const ended = promisify(execFile)(process.execPath, argv, { cwd: ROOT });
  const { stdout, stderr } = await ended.catch((error) => error);
  return {
    status: (await ended.then(() => 0).catch(({ code }) => code)) as number,
    stdout,
    stderr,
  };
}

/** Sources that are not read before the other options are. */
const SETS = ['pictures', 'identities', 'lfw', 'utk'].flatMap((name) => [`--${name}`, 'none']);

/** A folder of people, in which a picture is a link to nothing. */
const BROKEN = mkdtempSync(join(tmpdir(), 'visavis-broken-'));
for (const person of ['ann', 'bob']) mkdirSync(join(BROKEN, person));
for (const file of ['ann/1.jpg', 'bob/1.jpg']) writeFileSync(join(BROKEN, file), '');
symlinkSync('nowhere', join(BROKEN, 'ann/2.jpg'));
afterAll(() => rmSync(BROKEN, { recursive: true }));

const TWICE = ['--scopes', 'verify', '--scopes', 'enrol', '--file', '/nowhere/tenants.json'];

describe('npm run tool', () => {
  it('ends with 0 after --help, on standard output, of itself and of a tool', async () => {
    const [itself, one, nested] = await Promise.all([
      tool('--help'),
      tool('crops', '--help'),
      tool('keys', 'create', '--help'),
    ]);
    expect([itself.status, one.status, nested.status]).toEqual([0, 0, 0]);
    for (const name of Object.keys(TOOLS)) expect(itself.stdout).toContain(name);
    expect(one.stdout).toContain('--out=<pack>');
    expect(nested.stdout).toContain('--scopes=<list>');
  });

  it.each([
    ['a tool that nobody knows', ['crop'], 'Unknown command'],
    [
      'an option that nobody knows',
      ['split', '--pictures', 'x', '--out', 'y', '--drp', 'z'],
      'drp',
    ],
    ['an option that is missing', ['split', '--pictures', 'x'], '--out'],
    ['an option without its value', ['screen', '--pack', 'x', '--out'], 'argument missing'],
    ['an argument too many', ['detections', 'x', 'y'], "'y'"],
    [
      'an option that is given twice',
      ['keys', 'create', 'a', 'b', ...TWICE],
      "'--scopes' is given 2",
    ],
    [
      'a value that is empty',
      ['sort', '--pictures', '.', '--out', ''],
      "'--out' has an empty value",
    ],
    ['a folder that is not there', ['evaluate', '--folder', 'nowhere'], 'nowhere'],
    ['a picture that leads nowhere', ['evaluate', '--folder', BROKEN], `'${BROKEN}/ann/2.jpg'`],
    ['a model that is not there', ['evaluate', '--folder', '.', '--model', 'nobody'], 'nobody'],
    ['a number that is none', ['benchmark', '--runs', 'many'], '--runs'],
    [
      'a network that nobody knows',
      ['benchmark', '--models', 'inception-small-2,nns9'],
      'no nns9 among',
    ],
    ['a weight above 1', ['cascade', ...SETS, '--fast-weight', '1.5'], '--fast-weight'],
    [
      'a rate without a threshold',
      ['cascade', ...SETS, '--different-far', '0.02'],
      'no threshold of 0.02',
    ],
  ])('ends with 1 for %s, says so, and prints no result', async (_, args, said) => {
    const { status, stdout, stderr } = await tool(...args);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/^\s+at /m); // no stack
  });
});
