/** `sort` from end to end: a folder as people have them, sorted in several runs. */
import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { Pool } from '../../../scripts/batch/pool.ts';
import { type Sorted, type SortTask, UNREADABLE } from '../../../scripts/sort/sorted.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FACES = join(ROOT, 'test/fixtures/faces');

const folder = mkdtempSync(join(tmpdir(), 'visavis-sort-'));
const pictures = join(folder, 'pictures');
const album = join(pictures, 'album');
mkdirSync(join(pictures, 'trip'), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const add = (face: string, as: string) => copyFileSync(join(FACES, face), join(pictures, as));

/** Runs the tool. @returns what it printed, and its exit status */
async function sort(...more: string[]) {
  const args = [
    '--import',
    'tsx',
    'scripts/tool.ts',
    'sort',
    '--pictures',
    pictures,
    '--out',
    album,
  ];
  const model = more.includes('--model') ? [] : ['--model', 'inception-generated-3'];
  const run = promisify(execFile)(process.execPath, [...args, ...model, ...more], { cwd: ROOT });
  return run.then(
    (printed) => ({ ...printed, code: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, code }),
  );
}

/** Group of each picture with a face, as the table has it. */
function table(): Record<string, string> {
  const [, ...rows] = readFileSync(join(album, 'groups.csv'), 'utf8').trimEnd().split('\r\n');
  return Object.fromEntries(rows.map((row) => row.split(',').filter((_, i) => i % 2 === 0)));
}

/** Thumbnail of the face of a picture. */
function thumbnailOf(file: string): string {
  const lines = readFileSync(join(album, 'faces.jsonl'), 'utf8').trimEnd().split('\n');
  const found = lines.map((line) => JSON.parse(line)).find((line) => line.file === file);
  return found.faces[0].thumbnail;
}

describe('sort', () => {
  it('says plainly that a folder has no pictures, and at which rates groups can be held', async () => {
    writeFileSync(join(pictures, 'film.mov'), 'not a picture');
    symlinkSync('x'.repeat(300), join(pictures, 'long.jpg')); // nobody looks into it
    const { code, stderr } = await sort();
    expect([code, stderr]).toEqual([
      1,
      '1 file or folder could not be read: long.jpg. Run this again when they can be.\n' +
        `--pictures: no JPEG, PNG or WebP in ${pictures}; 1 other file left out (1 .mov)\n`,
    ]);
    rmSync(join(pictures, 'long.jpg'));
    const rates = await sort('--far', '0.5');
    expect(rates.stderr).toMatch(
      /^--far: inception-generated-3 is not calibrated at 0\.5; rates: 0\.1, /,
    );
  });

  it('groups the pictures of a person, and tells what it could not use', async () => {
    add('face.jpg', 'a.jpg');
    add('face-exif6.jpg', 'trip/b.jpg');
    writeFileSync(join(pictures, 'broken.jpg'), 'not a picture');
    symlinkSync(join(folder, 'nowhere'), join(pictures, 'gone.jpg'));
    const { code, stdout } = await sort();
    expect(code).toBe(0);
    expect(stdout).toContain('3 pictures, 2 faces: 1 group, 0 faces like no other');
    expect(stdout).toContain('1 picture without a usable face (1 unsupported_format)');
    expect(stdout).toContain('2 other files left out (1 .mov, 1 .jpg)');
    expect(table()).toEqual({ 'a.jpg': '1', 'trip/b.jpg': '1' });
    expect(readFileSync(join(album, 'groups.html'), 'utf8')).toContain(
      'broken.jpg: unsupported_format',
    );
  });

  it('looks at new pictures alone in a later run, and puts them to the groups there are', async () => {
    const before = readFileSync(join(album, 'faces.jsonl'), 'utf8');
    add('face.png', 'c.png');
    const { stderr } = await sort();
    expect(stderr).toContain('4/4 pictures');
    expect(table()).toEqual({ 'a.jpg': '1', 'c.png': '1', 'trip/b.jpg': '1' });
    const after = readFileSync(join(album, 'faces.jsonl'), 'utf8');
    expect(after.slice(0, before.length)).toBe(before);
    expect(after.slice(before.length).trimEnd().split('\n')).toHaveLength(1);
    rmSync(join(pictures, 'a.jpg'));
    expect((await sort()).stderr).not.toContain('pictures');
    expect(table()).toEqual({ 'c.png': '1', 'trip/b.jpg': '1' });
  });

  it('keeps a correction made by hand while its picture is away', async () => {
    const groups = () => JSON.parse(readFileSync(join(album, 'groups.json'), 'utf8'));
    const place = 'trip/b.jpg';
    const own = thumbnailOf(place);
    writeFileSync(join(album, 'groups.json'), JSON.stringify({ ...groups(), [own]: 7 }));
    renameSync(join(pictures, place), join(folder, 'away'));
    await sort();
    expect(Object.keys(table())).not.toContain(place);
    expect(groups()[own]).toBe(7);
    renameSync(join(folder, 'away'), join(pictures, place));
    await sort();
    expect(table()[place]).toBe('7');
  });

  it('uses nothing of a picture that changed and cannot be read', async () => {
    const before = table();
    renameSync(join(pictures, 'c.png'), join(folder, 'away'));
    symlinkSync('/proc/self/mem', join(pictures, 'c.png')); // a file that nobody can read
    const { code, stdout, stderr } = await sort();
    expect(stdout).toContain('2 pictures without a usable face');
    expect(stderr).toContain('1 file or folder could not be read: c.png. Run this again');
    expect(code).toBe(1); // not all was done
    const { 'c.png': _, ...others } = before;
    expect(table()).toEqual(others);
    rmSync(join(pictures, 'c.png'));
    renameSync(join(folder, 'away'), join(pictures, 'c.png'));
    await sort();
    expect(table()).toEqual(before);
  });

  it('refuses an album of another network in words', async () => {
    const { code, stderr } = await sort('--model', 'inception-small-2');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^--out: .* was made by inception-generated-3-.*, or the network by --model\n$/,
    );
  });

  it('is not run twice at once on an album, and goes on where a run was killed', async () => {
    const own = join(album, '.lock');
    writeFileSync(own, String(process.ppid));
    const second = await sort();
    expect([second.code, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toContain(`process ${process.ppid} is at work here, by ${own}`);
    const { pid } = spawnSync(process.execPath, ['--version']); // one that has ended
    writeFileSync(own, String(pid));
    expect((await sort()).code).toBe(0);
    expect(existsSync(own)).toBe(false);
  });

  it('goes on past a file that is gone meanwhile', async () => {
    const script = new URL('../../../scripts/sort/sort-worker.ts', import.meta.url);
    const pool = new Pool<SortTask, Sorted>(script, 1);
    const found: Sorted[] = [];
    const network = join(ROOT, 'model/inception-generated-3/network.onnx');
    try {
      await pool.map(
        [join(folder, 'nowhere.jpg'), join(pictures, 'c.png')],
        (path) => ({ place: { path }, network }),
        (_, result) => found.push(result),
      );
    } finally {
      await pool.close();
    }
    expect(found).toMatchObject([{ code: UNREADABLE }, { faces: [{ reasons: [] }] }]);
  });
});
