import { describe, expect, it } from 'vitest';
import { Column, CountedColumn } from '../../worker/gallery/column.ts';

describe('a column', () => {
  it('keeps whole numbers up to 2^32 - 1 while it grows', () => {
    const column = new Column();
    const values = Array.from({ length: 5000 }, (_, i) => (i * 2654435761) % 2 ** 32);
    values[4999] = 2 ** 32 - 1;
    for (const [row, value] of values.entries()) column.set(row, value);
    expect(column.length).toBe(5000);
    expect(values.map((_, row) => column.at(row))).toEqual(values);
  });

  it('has 0 where nothing was set, also far beyond its end', () => {
    const column = new Column();
    column.set(1000, 7);
    expect([column.at(999), column.at(1000), column.at(10_000)]).toEqual([0, 7, 0]);
    expect(column.length).toBe(1001);
  });

  it('gives its last value, and takes it out', () => {
    const column = new Column();
    column.set(0, 3);
    column.set(1, 4);
    expect([column.pop(), column.pop(), column.length]).toEqual([4, 3, 0]);
  });
});

describe('a counted column', () => {
  it('knows its values, whatever came, was overwritten and went', () => {
    const column = new CountedColumn();
    expect(column.values).toEqual([]);
    for (const [row, value] of [1, 1, 3, 5].entries()) column.set(row, value);
    expect(column.values).toEqual([1, 3, 5]);
    column.set(2, column.pop());
    expect(column.values).toEqual([1, 5]);
    column.pop();
    column.set(0, 1);
    expect(column.values).toEqual([1]);
  });
});
