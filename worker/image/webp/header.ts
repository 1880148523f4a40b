/** The chunks of a WebP, read without decoding (RFC 9649, section 2). */

export interface WebpHeader {
  /** Pixels, as stored (before orientation). */
  readonly width: number;
  readonly height: number;
  /** Lossless, or with a plane of alpha, which costs as much. */
  readonly planes: boolean;
  readonly animated: boolean;
  /** Body of the EXIF chunk. */
  readonly exif: Uint8Array | undefined;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FLAG_ANIMATION = 0x02;

/** @returns undefined where the file is malformed, cut short, or holds no picture. */
export function readWebpHeader(bytes: Uint8Array): WebpHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES) return undefined;
  const end = view.getUint32(4, true) + 8;
  if (end > bytes.length) return undefined;
  let size: { width: number; height: number } | undefined;
  let planes = false;
  let exif: Uint8Array | undefined;
  let at = RIFF_HEADER_BYTES;
  while (at + CHUNK_HEADER_BYTES <= end) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const from = at + CHUNK_HEADER_BYTES;
    if (from + length > end) return undefined;
    const body = bytes.subarray(from, from + length);
    if (type === 'VP8X' && body[0]! & FLAG_ANIMATION) {
      return { width: 0, height: 0, planes, animated: true, exif };
    }
    if ((type === 'VP8 ' || type === 'VP8L') && !size) {
      planes ||= type === 'VP8L';
      size = type === 'VP8L' ? readLossless(body) : readLossy(body);
      if (!size) return undefined;
    }
    if (type === 'ALPH') planes = true;
    if (type === 'EXIF') exif ??= body;
    // Bodies are padded to an even length.
    at = from + length + (length & 1);
  }
  return size && { ...size, planes, animated: false, exif };
}

/** A key frame's header (RFC 6386, 9.1): the upper two bits of each side ask for upscaling. */
function readLossy(body: Uint8Array) {
  if (body.length < 10 || body[0]! & 1) return undefined;
  if (body[3] !== 0x9d || body[4] !== 0x01 || body[5] !== 0x2a) return undefined;
  return {
    width: (body[6]! | (body[7]! << 8)) & 0x3fff,
    height: (body[8]! | (body[9]! << 8)) & 0x3fff,
  };
}

/** RFC 9649, 3.4: a signature byte, then twice 14 bits, less one. */
function readLossless(body: Uint8Array) {
  if (body.length < 5 || body[0] !== 0x2f) return undefined;
  const bits = body[1]! | (body[2]! << 8) | (body[3]! << 16) | (body[4]! << 24);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}
