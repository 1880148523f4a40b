import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPairs } from '../../../scripts/dataset/pair-list.ts';
import { below, openPictures, readPlace } from '../../../scripts/dataset/pictures.ts';
import { memberOf, reportGroups } from '../../../scripts/evaluate/groups.ts';
import { Mistake } from '../../../scripts/mistake.ts';
import { clopperPearson } from '../../../scripts/statistics/intervals.ts';
import { unit } from '../../support/node/synthetic.ts';

const folder = mkdtempSync(join(tmpdir(), 'visavis-pairs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readPairs', () => {
  it("reads LFW's view 2 in its folds", () => {
    const pairs = readPairs('2\t1\nAnn\t1\t4\nAnn\t2\tBob\t30\nBob\t1\t2\nBob\t1\tCai_D\t3\n');
    expect(pairs).toEqual([
      { reference: 'Ann/Ann_0001.jpg', probe: 'Ann/Ann_0004.jpg', same: true, fold: 0 },
      { reference: 'Ann/Ann_0002.jpg', probe: 'Bob/Bob_0030.jpg', same: false, fold: 0 },
      { reference: 'Bob/Bob_0001.jpg', probe: 'Bob/Bob_0002.jpg', same: true, fold: 1 },
      { reference: 'Bob/Bob_0001.jpg', probe: 'Cai_D/Cai_D_0003.jpg', same: false, fold: 1 },
    ]);
  });

  it('reads two paths and a 0 or 1', () => {
    expect(readPairs('# a comment\na/1.jpg b/2.png 1\na b.jpg\tc.jpg\t0\n')).toEqual([
      { reference: 'a/1.jpg', probe: 'b/2.png', same: true, fold: 0 },
      { reference: 'a b.jpg', probe: 'c.jpg', same: false, fold: 1 },
    ]);
  });

  it('names the line it cannot read', () => {
    expect(() => readPairs('a.jpg b.jpg 1\na.jpg b.jpg yes')).toThrow('pair 2');
    expect(() => readPairs('1 1\nAnn 1 x\nAnn 1 Bob 1\n')).toThrow('pair 1');
  });

  it('refuses a list that is empty, or of LFW and cut off', () => {
    for (const empty of ['', '# nothing\n\n']) {
      expect(() => readPairs(empty)).toThrow(new Mistake('the list has no pairs'));
    }
    const whole = '2\t1\nAnn\t1\t4\nAnn\t2\tBob\t30\nBob\t1\t2\nBob\t1\tCai\t3\n';
    expect(readPairs(`\uFEFF${whole.replaceAll('\n', '\r\n')}`)).toEqual(readPairs(whole));
    const cut = whole.slice(0, whole.lastIndexOf('Bob'));
    expect(() => readPairs(cut.slice(0, cut.lastIndexOf('Bob')))).toThrow(
      new Mistake('the list has 2 pairs, and its first line says 4'),
    );
    expect(() => readPairs('2\nAnn\t1\t4\n')).toThrow('1 pairs, and its first line says 4');
  });
});

/** A ustar archive, by POSIX.1-1988. */
function tar(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, '0'), 124);
    header.write('        0', 148);
    header.write('ustar', 257);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe('openPictures', () => {
  const files = { 'set/pairs.txt': 'list', 'set/Ann/Ann_0001.jpg': 'x'.repeat(700) };

  it('gives the same from a folder and from a tar archive of it', () => {
    mkdirSync(join(folder, 'set/Ann'), { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, 'all.tar'), tar(files));
    for (const source of [join(folder, 'all.tar'), join(folder, 'set'), `${folder}/set/`]) {
      const pictures = below(openPictures(source), 'pairs.txt');
      expect([...(pictures?.keys() ?? [])]).toEqual(['Ann/Ann_0001.jpg', 'pairs.txt']);
      for (const [name, place] of pictures ?? []) {
        const bytes = Buffer.from(readPlace(place)).toString();
        expect(bytes).toBe(files[`set/${name}` as keyof typeof files]);
      }
    }
  });

  it('refuses what is no tar', () => {
    writeFileSync(join(folder, 'no.tar'), Buffer.alloc(2000, 7));
    expect(() => openPictures(join(folder, 'no.tar'))).toThrow('not a tar archive');
  });
});

describe('groups', () => {
  it("reads age, sex and origin from UTKFace's names, and nothing from others", () => {
    expect(memberOf('a/26_1_3_2017.jpg.chip.jpg')).toEqual({
      age: 26,
      sex: 'female',
      origin: 'Indian',
    });
    expect(memberOf('61_3_2017.jpg')).toBeUndefined();
    expect(memberOf('39_1_20170116174525125.jpg.chip.jpg')).toBeUndefined();
  });

  it('counts impostor pairs within a group only', () => {
    // Two tight clusters, one a sex: nobody is near anybody of the other sex.
    const members = Array.from({ length: 100 }, (_, i) => ({
      age: 30,
      sex: i % 2 === 0 ? 'male' : 'female',
      origin: 'White',
      embedding: unit(i % 2 === 0 ? [1, i / 1e4] : [-1, i / 1e4]),
    }));
    const groups = reportGroups(members, [{ far: 0.1, threshold: 1, val: 1 }]);
    const measured = (group: string) => groups.find((g) => g.group === group)?.rates[0]?.measured;
    expect(measured('male')).toBe(1);
    expect(measured('female')).toBe(1);
    expect(measured('all')).toBeCloseTo((2 * 50 * 49) / (100 * 99), 12);
    // All and none of 1,225 pairs: no share is known for sure, and none is beyond 0 to 1.
    const ends = (threshold: number) =>
      reportGroups(members.slice(), [{ far: 0.1, threshold, val: 1 }]).find(
        ({ group }) => group === 'male',
      )?.rates[0]?.interval;
    expect(ends(1)).toEqual(clopperPearson(1225, 1225));
    expect(ends(-1)).toEqual(clopperPearson(0, 1225));
  });

  it('has no interval beyond a share of 1', () => {
    // One of 60 lies apart from the others, which are one cluster.
    const members = Array.from({ length: 60 }, (_, i) => ({
      age: 30,
      sex: 'male',
      origin: 'White',
      embedding: unit(i === 0 ? [-1, 0] : [1, i / 1e4]),
    }));
    const [anybody] = reportGroups(members, [{ far: 0.1, threshold: 1, val: 1 }]);
    const { measured, interval } = anybody?.rates[0] ?? { measured: 0, interval: [0, 0] };
    expect(measured).toBeCloseTo((59 * 58) / (60 * 59), 12);
    expect(interval[1]).toBe(1);
    expect(interval[0]).toBeLessThan(measured);
  });
});
