/** Bytes of a picture in, judged header out, pixels on demand. */

import { openJpeg } from './jpeg/jpeg.ts';
import { unsupported } from './picture-errors.ts';
import type { Codecs, Picture } from './pixels.ts';
import { openPng } from './png/png.ts';
import { type Format, sniff } from './sniff.ts';
import { openWebp } from './webp/webp.ts';

type Open = (bytes: Uint8Array, codec: WebAssembly.Module) => Picture;

const OPENERS: Readonly<Record<Format, Open>> = {
  jpeg: openJpeg,
  png: openPng,
  webp: openWebp,
};

/**
 * Tell the format by the bytes, read the header, judge its cost. No pixel is decoded yet.
 *
 * @throws Refusal `unsupported_format`, `image_too_large`, `undecodable_image`
 */
export function openPicture(bytes: Uint8Array, codecs: Codecs): Picture {
  const seen = sniff(bytes);
  if (!seen) throw unsupported('This is not a picture of a known format.');
  if ('known' in seen) throw unsupported(`${seen.known} is not supported.`);
  return OPENERS[seen.format](bytes, codecs[seen.format]);
}
