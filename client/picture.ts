/** Pictures as they are sent: upright, no larger than is of use, without where they were taken. */

import { VisavisError } from './errors.ts';

/** Longer side, in pixels: more shows the service no more of a face that fills a tenth of it. */
export const LONGER_SIDE = 1280;

const JPEG_QUALITY = 0.92;

/** The browser cannot read this file as a picture. */
export class UnreadablePicture extends VisavisError<'unreadable_picture'> {
  override readonly name = 'UnreadablePicture';

  constructor(message: string, options?: ErrorOptions) {
    super('unreadable_picture', message, options);
  }
}

/**
 * Scales a picture down and turns it upright. Drawing it anew also leaves its metadata behind, a
 * photo's place and time among them. Reads whatever the browser can, as HEIC on Apple's.
 *
 * @returns a JPEG
 * @throws UnreadablePicture
 * @example
 * ```ts
 * const probe = await preparePicture(input.files[0]);
 * ```
 */
export async function preparePicture(
  file: Blob,
  { longerSide = LONGER_SIDE }: { longerSide?: number | undefined } = {},
): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw new UnreadablePicture('The browser cannot read this file as a picture.', { cause });
  }
  try {
    const scale = Math.min(1, longerSide / Math.max(bitmap.width, bitmap.height));
    return await drawJpeg(bitmap, bitmap.width * scale, bitmap.height * scale);
  } finally {
    bitmap.close(); // its pixels are not the collector's to count
  }
}

/** Draws a picture, or the frame of a video that shows now, as a JPEG of this size. */
export function drawJpeg(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext('2d');
  if (!context) return Promise.reject(new UnreadablePicture('The browser has no canvas left.'));
  context.fillStyle = '#fff'; // what a transparent picture is put on; JPEG would make it black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) => {
      canvas.width = 0; // its pixels: Safari has few for all canvases, and collects them late
      if (blob) resolve(blob);
      else reject(new UnreadablePicture('The browser cannot write this picture.'));
    };
    canvas.toBlob(done, 'image/jpeg', JPEG_QUALITY);
  });
}
