import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mistake } from '../../../scripts/mistake.ts';
import { Album, isAlbum } from '../../../scripts/sort/album.ts';
import { assign } from '../../../scripts/sort/assign.ts';
import { describeOthers, readFolder } from '../../../scripts/sort/folder.ts';
import { contactSheet, csv, type SortedFace } from '../../../scripts/sort/sheet.ts';
import type { Embedding } from '../../../worker/face/embedding/embed.ts';
import { unitVectors, vectorNear } from '../../support/vectors.ts';

const PEOPLE = unitVectors(4, 5) as [Embedding, Embedding, Embedding, Embedding];
const like = (person: number, seed: number) => vectorNear(PEOPLE[person] as Embedding, 0.4, seed);
const box = { x: 1.4, y: 2, width: 30, height: 40 };

describe('groups', () => {
  it('are made of those who are alike, and numbered from 1', () => {
    const faces = [0, 1, 0, 2, 1, 0].map((person, i) => ({
      embedding: like(person, i),
      group: null,
    }));
    expect(assign(faces, 1)).toEqual([1, 2, 1, null, 2, 1]);
    expect(assign([], 1)).toEqual([]);
  });

  it('stay what they were, and take new faces in', () => {
    const faces = [
      { embedding: like(0, 1), group: 7 },
      { embedding: like(1, 2), group: 3 },
      { embedding: like(1, 3), group: 7 }, // somebody has put it there
      { embedding: like(0, 4), group: null },
      { embedding: like(1, 5), group: null },
      { embedding: like(2, 6), group: null },
      { embedding: like(2, 7), group: null },
      { embedding: like(3, 8), group: null },
    ];
    const groups = assign(faces, 1.2);
    expect(groups.slice(0, 3)).toEqual([7, 3, 7]);
    expect(groups[4]).toBe(3);
    expect(groups.slice(5)).toEqual([8, 8, null]);
  });

  it('get no number that those have who are not there this time', () => {
    const faces = [
      { embedding: like(0, 1), group: 3 },
      { embedding: like(1, 2), group: null },
      { embedding: like(1, 3), group: null },
    ];
    expect(assign(faces, 1, [2, 9])).toEqual([3, 10, 10]);
  });
});

it('puts one of two faces of a picture to a group, the nearer', () => {
  const person = PEOPLE[0];
  const faces = [
    { embedding: person, group: 7 },
    { embedding: vectorNear(person, 0.5, 1), group: null, picture: 'a.jpg' },
    { embedding: vectorNear(person, 0.2, 2), group: null, picture: 'a.jpg' },
    { embedding: vectorNear(person, 0.5, 3), group: null, picture: 'b.jpg' },
  ];
  expect(assign(faces, 1)).toEqual([7, null, 7, 7]);
});

describe('an album', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'album-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const face = (seed: number) => ({
    box,
    embedding: like(0, seed),
    reasons: [],
    weaknesses: seed === 3 ? (['eyes_covered'] as const) : [],
    thumbnail: Uint8Array.of(seed),
  });

  it('goes on where a run was cut off, even in the middle of a line', () => {
    const album = new Album(folder, 'net');
    album.add('a.jpg', '10 1', { faces: [face(1), face(2)] });
    album.add('b.jpg', '10 1', { code: 'no_face' });
    appendFileSync(join(folder, 'faces.jsonl'), '{"file":"c.jpg","sta');
    const again = new Album(folder, 'net');
    expect(again.has('a.jpg', '10 1')).toBe(true);
    expect(again.has('a.jpg', '11 1')).toBe(false);
    expect(again.has('c.jpg', '10 1')).toBe(false);
    again.add('c.jpg', '10 1', { faces: [face(3)] });
    const files = ['a.jpg', 'b.jpg', 'c.jpg'];
    const faces = new Album(folder, 'net').faces(files);
    expect(faces.map(({ file, face }) => [file, face])).toEqual([
      ['a.jpg', 0],
      ['a.jpg', 1],
      ['c.jpg', 0],
    ]);
    expect(faces[2]).toMatchObject({ embedding: like(0, 3), weaknesses: ['eyes_covered'] });
    expect(faces.map(({ thumbnail }) => readFileSync(join(folder, thumbnail))[0])).toEqual([
      1, 2, 3,
    ]);
    expect(again.refused(files)).toEqual([{ file: 'b.jpg', code: 'no_face' }]);
    expect(() => new Album(folder, 'other')).toThrow('was made by net');
  });

  it('tells the groups of pictures that are absent, as they are now', () => {
    const album = new Album(folder, 'net');
    album.add('a.jpg', '10 1', { faces: [face(1), face(2)] });
    album.add('b.jpg', '10 1', { faces: [face(3)] });
    album.add('c.jpg', '10 1', { faces: [face(4)] });
    album.add('c.jpg', '11 1', { faces: [face(5)] });
    const numbers = [2, 4, 6, 8, 10].map((group, i) => [`faces/00000${i + 1}.jpg`, group] as const);
    album.writeGroups(new Map(numbers));
    expect([...album.groupsBeside(['b.jpg'])]).toEqual([numbers[0], numbers[1], numbers[4]]);
    expect([...album.groupsBeside(['a.jpg', 'b.jpg', 'c.jpg'])]).toEqual([]);
  });

  it('is not made among the files of something else, nor taken for pictures', () => {
    writeFileSync(join(folder, '.DS_Store'), '');
    expect(() => new Album(folder, 'net')).not.toThrow();
    const other = join(folder, 'trip');
    mkdirSync(other);
    writeFileSync(join(other, 'a.jpg'), '');
    expect(() => new Album(other, 'net')).toThrow(`--out: ${other} holds other files`);
    expect(isAlbum(folder)).toBe(true);
    expect(isAlbum(other)).toBe(false);
  });

  it.each([
    ['{"faces/1.jpg": 4', 'groups.json: '],
    ['{"faces/1.jpg": "4"}', 'the group of faces/1.jpg is no whole number from 1'],
    ['{"faces/1.jpg": 0}', 'the group of faces/1.jpg is no whole number from 1'],
  ])('tells a mistake in groups that were changed by hand: %s', (text, said) => {
    const album = new Album(folder, 'net');
    writeFileSync(join(folder, 'groups.json'), text);
    expect(() => album.readGroups()).toThrow(Mistake);
    expect(() => album.readGroups()).toThrow(said);
  });

  it('keeps its groups', () => {
    new Album(folder, 'net').writeGroups(new Map([['faces/1.jpg', 4]]));
    expect(new Album(folder, 'net').readGroups()).toEqual(new Map([['faces/1.jpg', 4]]));
  });
});

describe('a folder that is sorted', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'photos-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has its pictures, without those of the album, and tells what else lies there', () => {
    for (const inside of ['trip', 'album/faces'])
      mkdirSync(join(folder, inside), { recursive: true });
    const files = [
      'a.jpg',
      'b.JFIF',
      'trip/b.PNG',
      'album/faces/1.jpg',
      'c.heic',
      'trip/d.HEIC',
      'README',
    ];
    for (const file of [...files, 'album/album.json']) writeFileSync(join(folder, file), 'text');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'gone.jpg'));
    const { pictures, others, unread } = readFolder(folder);
    expect([...pictures.keys()]).toEqual(['a.jpg', 'b.JFIF', 'trip/b.PNG']);
    expect(pictures.get('a.jpg')?.stamp).toMatch(/^4 \d+$/);
    expect([others, unread]).toEqual([['README', 'c.heic', 'gone.jpg', 'trip/d.HEIC'], []]);
    expect(describeOthers(others)).toBe(
      '4 other files left out (2 .heic, 1 without an ending, 1 .jpg)',
    );
    expect(describeOthers([])).toBe('');
  });

  it('may have links that go in a circle, of which those to folders are not followed', () => {
    mkdirSync(join(folder, 'trip'));
    writeFileSync(join(folder, 'trip/a.jpg'), 'text');
    symlinkSync('loop.jpg', join(folder, 'loop.jpg'));
    symlinkSync('..', join(folder, 'trip/up'));
    symlinkSync('trip/a.jpg', join(folder, 'link.jpg'));
    const { pictures, others } = readFolder(folder);
    expect([...pictures.keys()]).toEqual(['link.jpg', 'trip/a.jpg']);
    expect(others).toEqual(['loop.jpg', 'trip/up/']);
    expect(describeOthers(others)).toBe('2 other files left out (1 .jpg, 1 linked folder)');
  });

  it('is read past what cannot be looked into, which is told', () => {
    // Nobody, not even an administrator, reads a path of more than 4,096 bytes.
    const deep = Array.from({ length: 16 }, () => 'd'.repeat(250)).join('/');
    const deeper = join(folder, 'e'.repeat(250), 'f'.repeat(250));
    for (const path of [join(folder, deep), deeper]) mkdirSync(path, { recursive: true });
    writeFileSync(join(folder, 'a.jpg'), '');
    symlinkSync('x'.repeat(300), join(folder, 'long.jpg'));
    renameSync(dirname(deeper), join(folder, deep, 'e'));
    const { pictures, unread } = readFolder(folder);
    renameSync(join(folder, deep, 'e'), dirname(deeper));
    expect([...pictures.keys()]).toEqual(['a.jpg']);
    expect(unread).toEqual([`${deep}/e/${'f'.repeat(250)}/`, 'long.jpg']);
  });
});

describe('what comes out', () => {
  const common = { box, embedding: like(0, 1), reasons: [], weaknesses: [] };
  const faces: SortedFace[] = [
    { ...common, file: 'a, "b".jpg', face: 0, thumbnail: 'faces/1.jpg', group: 2 },
    { ...common, file: 'x/<b>&.jpg', face: 1, thumbnail: 'faces/2.jpg', group: null },
    {
      ...common,
      file: 'c.jpg',
      face: 0,
      thumbnail: 'faces/3.jpg',
      group: null,
      reasons: ['too_dark', 'blurred'],
    },
  ];

  it('is a table that quotes names', () => {
    expect(csv(faces)).toBe(
      'picture,face,group,x,y,width,height,reasons\r\n"a, ""b"".jpg",0,2,1,2,30,40,\r\n' +
        'x/<b>&.jpg,1,,1,2,30,40,\r\nc.jpg,0,,1,2,30,40,too_dark blurred\r\n',
    );
  });

  it('is a page in which names are text', () => {
    const page = contactSheet(faces, [{ file: '<i>.png', code: 'no_face' }], '..');
    expect(page).toContain('Group 2: 1 face<');
    expect(page).toContain('Like no other: 1 face<');
    expect(page).toContain('Below the quality floor: 1 face<');
    expect(page).toContain('title="c.jpg, too_dark, blurred"');
    expect(page).toContain('href="../x/%3Cb%3E%26.jpg"');
    expect(page).toContain('&lt;i&gt;.png: no_face');
    expect(page).not.toContain('<b>');
    expect(page).toContain('1 picture without a usable face');
    expect(contactSheet(faces, [], '..')).not.toContain('without a usable face');
    expect(contactSheet(faces, [], '../Trip #1 100%?')).toContain(
      'href="../Trip%20%231%20100%25%3F/c.jpg"',
    );
  });
});
