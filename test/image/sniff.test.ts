import { describe, expect, it } from 'vitest';
import { openPicture } from '../../worker/image/open.ts';
import { FORMATS, sniff } from '../../worker/image/sniff.ts';
import * as pictures from '../fixtures/decode/pictures.ts';
import { codecs } from '../support/codecs.ts';
import { refusal } from '../support/scene.ts';

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** A file type box (ISO/IEC 14496-12, 4.3): size, major brand, minor version, compatible brands. */
const ftyp = (...brands: string[]) => {
  const [major, ...others] = brands;
  const text = `ftyp${major}\0\0\0\0${others.join('')}`;
  return ascii(`\0\0\0${String.fromCharCode(text.length + 4)}${text}and more`);
};

const CHIP = "The record around a passport chip's portrait";

describe('sniff', () => {
  it('tells what can be decoded', () => {
    expect(sniff(pictures.jpeg)).toEqual({ format: 'jpeg' });
    expect(sniff(pictures.png)).toEqual({ format: 'png' });
    expect(sniff(pictures.webpLossless)).toEqual({ format: 'webp' });
  });

  it.each([
    ['HEIC', ftyp('heic', 'mif1', 'heic')],
    ['HEIC', ftyp('mif1', 'mif1', 'heic')],
    ['HEIC', ftyp('mif1')],
    ['AVIF', ftyp('avif', 'mif1', 'miaf')],
    ['AVIF', ftyp('mif1', 'miaf', 'avif')],
    ['MP4', ftyp('isom', 'mp42')],
    ["Apple's CgBI form of PNG", ascii('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x02')],
    ['GIF', pictures.gif],
    ['BMP', pictures.bmp],
    ['TIFF', pictures.tiff],
    ['TIFF', ascii('MM\0*')],
    ['JPEG XL', new Uint8Array([0xff, 0x0a, 1])],
    ['JPEG XL', ascii('\0\0\0\x0cJXL \r\n\x87\n')],
    ['JPEG 2000', ascii('\0\0\0\x0cjP  \r\n\x87\n')],
    ['PDF', ascii('%PDF-1.7')],
    [CHIP, ascii('FAC\x00010\0')],
    [CHIP, ascii('\x75\x82\x3a\x10\x7f\x61\x82\x3a\x0b\x02\x01\x01')],
    [CHIP, ascii('\x75\x83\x01\x3a\x10\x7f\x61\x83')],
    ['SVG', ascii('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['SVG', ascii('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a comment -->\n<svg/>')],
  ])('names %s', (known, bytes) => {
    expect(sniff(bytes)).toEqual({ known });
    const failure = refusal(() => openPicture(bytes, codecs));
    expect(failure).toMatchObject({ code: 'unsupported_format' });
    expect('detail' in failure && failure.detail).toContain(`${known} is not supported`);
    expect('detail' in failure && failure.detail).toContain(`Send ${FORMATS}.`);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', new Uint8Array(1)],
    ['text', ascii('Hello, this is text about <svg>')],
    ['HTML', ascii('<!doctype html><title>x</title>')],
    ['a word that starts like a bitmap', ascii('BMW and other cars')],
    ['a word that starts like a data group', ascii('unlike \x7f\x61')],
    ['another RIFF', ascii('RIFF\0\0\0\0WAVE')],
    ['half a PNG signature', ascii('\x89PNG')],
  ])('does not know %s', (_, bytes) => {
    expect(sniff(bytes)).toBeUndefined();
    expect(refusal(() => openPicture(bytes, codecs)).code).toBe('unsupported_format');
  });
});
