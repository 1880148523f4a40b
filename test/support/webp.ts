/** Animations made of still WebPs, for tests (RFC 9649, 2.7.1.1). */
import { concat } from './png.ts';

const uint24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16];

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + body.length + (body.length & 1));
  bytes.set(new TextEncoder().encode(type));
  new DataView(bytes.buffer).setUint32(4, body.length, true);
  bytes.set(body, 8);
  return bytes;
}

/** Chunks that code a picture of a still WebP, without the container's own. */
function pictureOf(still: Uint8Array): Uint8Array {
  const view = new DataView(still.buffer, still.byteOffset);
  const from = String.fromCharCode(...still.subarray(12, 16)) === 'VP8X' ? 30 : 12;
  return still.slice(from, view.getUint32(4, true) + 8);
}

interface Place {
  /** Offset of each frame, in pixels: even numbers. */
  x?: number;
  y?: number;
  /** Size of the canvas. */
  width?: number;
  height?: number;
  exif?: Uint8Array;
}

/** Frames of 40 by 24 pixels on a canvas. */
export function animated(stills: readonly Uint8Array[], place: Place = {}): Uint8Array {
  const { x = 0, y = 0, width = 40, height = 24, exif } = place;
  const canvas = new Uint8Array([0x12, 0, 0, 0, ...uint24(width - 1), ...uint24(height - 1)]);
  const placed = [...uint24(x / 2), ...uint24(y / 2), ...uint24(39), ...uint24(23), 100, 0, 0, 0];
  const body = concat([
    new TextEncoder().encode('WEBP'),
    chunk('VP8X', canvas),
    chunk('ANIM', new Uint8Array(6)),
    ...stills.map((still) => chunk('ANMF', concat([new Uint8Array(placed), pictureOf(still)]))),
    ...(exif ? [chunk('EXIF', exif)] : []),
  ]);
  return chunk('RIFF', body);
}
