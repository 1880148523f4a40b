import { describe, expect, it } from 'vitest';
import { readYawTable, yawTable } from '../../../scripts/dataset/yaw-table.ts';
import { Mistake } from '../../../scripts/mistake.ts';

const labels = [
  { file: 'a/1.jpg', yaw: -12.5, spread: 3 },
  { file: 'b, "the younger"/1.jpg', yaw: 40, spread: 25 },
  { file: 'c/1.jpg', yaw: 70, spread: 26 },
];
const sure = [
  ['a/1.jpg', -12.5],
  ['b, "the younger"/1.jpg', 40],
];

describe('a table of yaw labels', () => {
  it('is read as it was written, without labels whose estimates lie too far apart', () => {
    expect([...readYawTable(yawTable(labels), 'x.csv', 25)]).toEqual(sure);
  });

  it('is the same with the line ends, the mark and the empty lines of a spreadsheet', () => {
    const table = `\uFEFF${yawTable(labels).replaceAll('\n', '\r\n')}\r\n\r\n`;
    expect([...readYawTable(table, 'x.csv', 25)]).toEqual(sure);
  });

  it('may have its columns in any order, and no spread', () => {
    expect([...readYawTable('yaw,file\n5,a.jpg\n', 'x.csv', 25)]).toEqual([['a.jpg', 5]]);
  });

  it.each([
    ['', 'no columns file and yaw'],
    ['file;yaw\na.jpg;5\n', 'no columns file and yaw'],
    ['file,yaw\nb.jpg,1\n"a.jpg,5\n', 'line 3 has a quote that stands alone'],
    ['file,yaw\na.jpg,left\n', 'yaw of a.jpg is no number: left'],
    ['file,yaw\na.jpg\n', 'yaw of a.jpg is no number: '],
    ['file,yaw,spread\na.jpg,5,\n', 'spread of a.jpg is no number: '],
    ['file,yaw\na.jpg,5\na.jpg,6\n', 'two labels of a.jpg'],
  ])('is refused as %j', (text, said) => {
    expect(() => readYawTable(text, 'x.csv', 25)).toThrow(Mistake);
    expect(() => readYawTable(text, 'x.csv', 25)).toThrow(`x.csv: ${said}`);
  });
});
