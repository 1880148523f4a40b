/** Format of a file, told by its bytes: names and declared types are wrong too often to look at. */

/** The formats that are read, by the names that people know them by. */
export const FORMAT_NAMES = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP' } as const;

/** Also an ending of such files. */
export type Format = keyof typeof FORMAT_NAMES;

const names = Object.values(FORMAT_NAMES);

/** All of them as people are told: `JPEG, PNG or WebP`. */
export const FORMATS = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** `known` is named to the caller who sent it; it is not decoded. */
export type Sniffed = { format: Format } | { known: string } | undefined;

/** ISO base media brands (ISO/IEC 14496-12, 4.3) of still pictures. */
const BRANDS: Record<string, string> = {
  heic: 'HEIC',
  heix: 'HEIC',
  heim: 'HEIC',
  heis: 'HEIC',
  hevc: 'HEIC',
  hevx: 'HEIC',
  hevm: 'HEIC',
  hevs: 'HEIC',
  mif1: 'HEIC',
  msf1: 'HEIC',
  avif: 'AVIF',
  avis: 'AVIF',
};

/**
 * Bytes of a text file that are searched for `<svg`: past an XML declaration, a doctype, a comment.
 */
const SVG_PROLOG_BYTES = 1024;

/** @returns undefined where nothing is recognised (an empty file too). */
export function sniff(bytes: Uint8Array): Sniffed {
  const starts = (...magic: (number | undefined)[]) =>
    magic.every((byte, i) => byte === undefined || bytes[i] === byte);
  const text = (from: number, length: number) =>
    String.fromCharCode(...bytes.subarray(from, from + length));

  if (starts(0xff, 0xd8, 0xff)) return { format: 'jpeg' };
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) {
    // CgBI, as Xcode makes it of an app's pictures: no PNG, whatever its first bytes say.
    return text(12, 4) === 'CgBI' ? { known: "Apple's CgBI form of PNG" } : { format: 'png' };
  }
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return { format: 'webp' };

  if (text(4, 4) === 'ftyp') return { known: isoPicture(bytes, text) };
  if (text(0, 4) === 'GIF8') return { known: 'GIF' };
  if (starts(0xff, 0x0a) || text(4, 4) === 'JXL ') return { known: 'JPEG XL' };
  if (starts(0xff, 0x4f, 0xff, 0x51) || text(4, 4) === 'jP  ') return { known: 'JPEG 2000' };
  if (starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a)) return { known: 'TIFF' };
  if (text(0, 5) === '%PDF-') return { known: 'PDF' };
  if (isChipPortrait(bytes, text)) return { known: "The record around a passport chip's portrait" };
  // Two letters are weak evidence: the four reserved bytes of BITMAPFILEHEADER are zero as well.
  if (starts(0x42, 0x4d, undefined, undefined, undefined, undefined, 0, 0, 0, 0)) {
    return { known: 'BMP' };
  }
  const prolog = text(0, SVG_PROLOG_BYTES)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (prolog.startsWith('<') && prolog.includes('<svg')) return { known: 'SVG' };
  return undefined;
}

/** Tag, in BER, of the templates within a chip's data group (ICAO Doc 9303-10, EF.DG2). */
const BIOMETRIC_TEMPLATES = '\u007f\u0061';

/**
 * The chip's data group 2, whose length of one to four bytes stands before the templates, or the
 * face record in it (ISO/IEC 19794-5). Its JPEG or JPEG 2000 is for the caller to take out.
 */
function isChipPortrait(bytes: Uint8Array, text: (from: number, length: number) => string) {
  if (text(0, 4) === 'FAC\0') return true;
  const [tag, length = 0] = bytes;
  const lengthBytes = length < 0x80 ? 1 : 1 + (length & 0x7f);
  return tag === 0x75 && lengthBytes <= 4 && text(1 + lengthBytes, 2) === BIOMETRIC_TEMPLATES;
}

/** The major brand, else the first known compatible one: a HEIC may call itself `mif1` first. */
function isoPicture(bytes: Uint8Array, text: (from: number, length: number) => string): string {
  const size = Math.min(bytes.length, 256, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  let name: string | undefined;
  for (let at = 8; at + 4 <= size; at += 4) {
    if (at === 12) continue; // minor version
    const brand = text(at, 4);
    if (brand !== 'mif1' && brand !== 'msf1' && BRANDS[brand]) return BRANDS[brand];
    name ??= BRANDS[brand];
  }
  return name ?? 'MP4';
}
