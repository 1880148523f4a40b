/**
 * The one EXIF field we need: orientation (EXIF 2.32, 4.6.4 A; TIFF 6.0, section 2).
 *
 * EXIF is advice. Whatever is wrong with it, the picture is taken as stored.
 */
import type { Orientation } from './orient.ts';

const TAG_ORIENTATION = 0x0112;
const TYPE_SHORT = 3;
const ENTRY_BYTES = 12;

/** "Exif\0\0": before the TIFF structure in a JPEG; some writers put it into a WebP too. */
const SIGNATURE = [0x45, 0x78, 0x69, 0x66, 0, 0];

export function hasExifSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** @param exif a TIFF structure, with or without the signature; undefined where there is none. */
export function readOrientation(exif: Uint8Array | undefined): Orientation {
  const tiff = exif && hasExifSignature(exif) ? exif.subarray(SIGNATURE.length) : exif;
  if (!tiff || tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return 1;
  const ifd = view.getUint32(4, little);
  if (ifd + 2 > tiff.length) return 1;
  const entries = view.getUint16(ifd, little);
  for (let i = 0; i < entries; i++) {
    const at = ifd + 2 + i * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return 1;
    if (view.getUint16(at, little) !== TAG_ORIENTATION) continue;
    if (view.getUint16(at + 2, little) !== TYPE_SHORT) return 1;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}
