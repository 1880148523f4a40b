/** Archives as the tar programs of several systems write them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPictures, readPlace } from '../../../scripts/dataset/pictures.ts';
import { listTar } from '../../../scripts/dataset/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = ['Šimon Novák/1.jpg', 'Žofie/1.jpg', `Žofie/${'long '.repeat(30)}.jpg`];

beforeAll(() => {
  for (const person of ['Šimon Novák', 'Žofie'])
    mkdirSync(join(folder, 'in', person), { recursive: true });
  for (const name of NAMES) writeFileSync(join(folder, 'in', name), name);
});

function archive(...options: string[]): string {
  const file = join(folder, 'pictures.tar');
  const names = ['Šimon Novák', 'Žofie'];
  execFileSync('tar', [...options, '-C', join(folder, 'in'), '-cf', file, ...names]);
  return file;
}

describe('a tar archive', () => {
  it.each([[[]], [['--format=pax']]])('keeps names of any script and length: tar %s', (options) => {
    const found = openPictures(archive(...options));
    expect([...found.keys()]).toEqual(NAMES);
    for (const [name, place] of found) expect(Buffer.from(readPlace(place)).toString()).toBe(name);
  });

  it('has the same names when it was made from within its folder', () => {
    const file = join(folder, 'within.tar');
    execFileSync('tar', ['-C', join(folder, 'in'), '-cf', file, '.']);
    expect([...openPictures(file).keys()]).toEqual(NAMES); // not './Žofie/1.jpg'
  });

  it('that was cut off, or is none, is refused in words', () => {
    const file = archive();
    truncateSync(file, 512 + 512 + 3); // in the first picture, behind its folder
    expect(() => listTar(file)).toThrow(`${file} is cut off in the middle of a file`);
    writeFileSync(
      file,
      readFileSync(join(folder, 'in', NAMES[0] as string))
        .toString()
        .repeat(40),
    );
    expect(() => listTar(file)).toThrow(`${file} is not a tar archive`);
  });
});

describe('a folder', () => {
  it('has the same names, by whatever path it is called', () => {
    const before = process.cwd();
    process.chdir(join(folder, 'in'));
    try {
      for (const source of ['.', './', join(folder, 'in'), '../in/'])
        expect([...openPictures(source).keys()]).toEqual(NAMES);
    } finally {
      process.chdir(before);
    }
  });
});
