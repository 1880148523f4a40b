/**
 * The one EXIF field we need: orientation (EXIF 2.32, 4.6.4 A; TIFF 6.0, section 2).
 *
 * EXIF is advice. Whatever is wrong with it, the picture is taken as stored.
 */
import type { Orientation } from './orient.ts';

const TAG_ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;

/**
 * "Exif\0" and a byte: before the TIFF structure in a JPEG; some writers put it into a WebP too.
 */
const SIGNATURE = [0x45, 0x78, 0x69, 0x66, 0];
const SIGNATURE_BYTES = SIGNATURE.length + 1;

/** The standard wants a second zero; some cameras write 0xff, and readers take either. */
export function hasExifSignature(bytes: Uint8Array, at = 0): boolean {
  return SIGNATURE.every((byte, i) => bytes[at + i] === byte);
}

/**
 * The orientation that the first of several EXIF blocks states; 1 (as stored) where none does.
 * @param blocks TIFF structures, with or without the signature
 */
export function readOrientation(blocks: readonly Uint8Array[]): Orientation {
  for (const block of blocks) {
    const stated = statedIn(hasExifSignature(block) ? block.subarray(SIGNATURE_BYTES) : block);
    if (stated !== undefined) return stated;
  }
  return 1;
}

function statedIn(tiff: Uint8Array): Orientation | undefined {
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return undefined;
  const ifd = view.getUint32(4, little);
  if (ifd + 2 > tiff.length) return undefined;
  const entries = view.getUint16(ifd, little);
  for (let i = 0; i < entries; i++) {
    const at = ifd + 2 + i * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return undefined;
    if (view.getUint16(at, little) !== TAG_ORIENTATION) continue;
    const value = integer(view, at + 8, view.getUint16(at + 2, little), little);
    return value >= 1 && value <= 8 ? (value as Orientation) : undefined;
  }
  return undefined;
}

/** The standard wants a SHORT; BYTE, LONG and their signed forms are met with too. */
function integer(view: DataView, at: number, type: number, little: boolean): number {
  switch (type) {
    case 1:
    case 6:
      return view.getUint8(at);
    case 3:
    case 8:
      return view.getUint16(at, little);
    case 4:
    case 9:
      return view.getUint32(at, little);
    default:
      return 0;
  }
}
