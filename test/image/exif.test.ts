import { describe, expect, it } from 'vitest';
import { hasExifSignature, readOrientation } from '../../worker/image/exif.ts';
import { app1, tiff } from '../support/jpeg.ts';
import { concat } from '../support/png.ts';

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

describe('readOrientation', () => {
  it.each(orientations)('reads %i in both byte orders', (value) => {
    expect(readOrientation([tiff({ value })])).toBe(value);
    expect(readOrientation([tiff({ value, little: true })])).toBe(value);
  });

  it('looks past other entries', () => {
    expect(readOrientation([tiff({ others: 20, little: true })])).toBe(6);
  });

  it('takes it with or without the signature', () => {
    const signed = concat([new TextEncoder().encode('Exif\0\0'), tiff()]);
    expect(hasExifSignature(signed)).toBe(true);
    expect(readOrientation([signed])).toBe(6);
    expect(readOrientation([app1(tiff()).subarray(4)])).toBe(6);
  });

  it.each([1, 3, 4, 6, 8, 9])('reads integers of TIFF type %i, in both byte orders', (type) => {
    for (const value of orientations) {
      expect(readOrientation([tiff({ type, value })])).toBe(value);
      expect(readOrientation([tiff({ type, value, little: true })])).toBe(value);
    }
  });

  it('takes the signature with 0xff at its end', () => {
    const signed = concat([new TextEncoder().encode('Exif\0'), new Uint8Array([0xff]), tiff()]);
    expect(hasExifSignature(signed)).toBe(true);
    expect(readOrientation([signed])).toBe(6);
  });

  it('takes the first of several blocks that states one', () => {
    const none = tiff({ tag: 0x0113 });
    expect(readOrientation([none, tiff({ value: 9 }), tiff({ value: 8 })])).toBe(8);
    expect(readOrientation([tiff({ value: 1 }), tiff({ value: 8 })])).toBe(1);
  });

  it('reads a view that does not begin at its buffer', () => {
    expect(readOrientation([concat([new Uint8Array(5), tiff()]).subarray(5)])).toBe(6);
  });

  it.each([
    ['no EXIF'],
    ['an empty one', new Uint8Array(0)],
    ['no byte order', tiff().fill(0, 0, 2)],
    ['another magic number', tiff({ magic: 43 })],
    ['an IFD beyond the end', tiff({ ifdAt: 0xffff_fff0 })],
    ['an IFD at the very end', tiff({ ifdAt: tiff().length - 1 })],
    ['text for a value', tiff({ type: 2 })],
    ['a fraction for a value', tiff({ type: 5 })],
    ['another tag', tiff({ tag: 0x0113 })],
    ['0', tiff({ value: 0 })],
    ['9', tiff({ value: 9 })],
    ['65535', tiff({ value: 65_535 })],
  ] as [string, ...Uint8Array[]][])('is upright with %s', (_, ...blocks) => {
    expect(readOrientation(blocks)).toBe(1);
  });

  it('never reads out of bounds, wherever it is cut', () => {
    const whole = tiff({ others: 2 });
    for (let length = 0; length < whole.length; length++) {
      expect([1, 6]).toContain(readOrientation([whole.subarray(0, length)]));
    }
  });
});
