/** JPEG, decoded at 1, 1/2, 1/4 or 1/8: most of a phone photo never exists in memory. */
import { MAX_JPEG_SCANS } from '../../limits.ts';
import { readOrientation } from '../exif.ts';
import { swapsSides, upright } from '../orient.ts';
import { decoding, judgeSize, undecodable, unsupported } from '../picture-errors.ts';
import { bufferedJpegLimit, DECODED_LIMIT, JPEG_LIMIT } from '../picture-limits.ts';
import type { Denominator, Picture, Pixels } from '../pixels.ts';
import { decodeJpeg, TJPF_CMYK, TJPF_RGB } from './codec.ts';
import { type JpegHeader, readJpegHeader, SOF_PROGRESSIVE } from './header.ts';

/**
 * @throws Refusal `image_too_large`, `unsupported_format` (arithmetic coding, 12 bit, lossless),
 *   `undecodable_image`
 */
export function openJpeg(bytes: Uint8Array, module: WebAssembly.Module): Picture {
  const header = readJpegHeader(bytes);
  if (!header) throw undecodable('The JPEG has no readable frame header.');
  judge(header);
  const orientation = readOrientation(header.exif);
  const swap = swapsSides(orientation);
  return {
    format: 'jpeg',
    scales: true,
    width: swap ? header.height : header.width,
    height: swap ? header.width : header.height,
    pixels(denominator: Denominator): Pixels {
      const scaledWidth = Math.ceil(header.width / denominator);
      const scaledHeight = Math.ceil(header.height / denominator);
      judgeSize(scaledWidth, scaledHeight, DECODED_LIMIT);
      const cmyk = header.components.length === 4;
      const { width, height, firstScan, repeatedStarts } = header;
      const format = cmyk ? TJPF_CMYK : TJPF_RGB;
      const size = { width, height, scaledWidth, scaledHeight };
      const heldBytes = header.buffered ? header.coefficientBytes : 0;
      const job = { bytes, ...size, firstScan, repeatedStarts, heldBytes, format } as const;
      return decoding('jpeg', () =>
        decodeJpeg(module, job, (pixels) => {
          const rgb = cmyk ? cmykToRgb(pixels) : pixels;
          // Out of wasm memory, in one copy: turning is one.
          const own = orientation === 1 ? rgb.slice() : rgb;
          return upright(own, scaledWidth, scaledHeight, orientation);
        }),
      );
    },
  };
}

function judge(header: JpegHeader): void {
  const { width, height } = header;
  judgeSize(width, height, JPEG_LIMIT);
  if (header.frame > 0xc2 || header.precision !== 8) {
    throw unsupported('Arithmetic-coded, lossless and 12-bit JPEGs are not supported.');
  }
  const { length } = header.components;
  if (length !== 1 && length !== 3 && length !== 4) {
    throw unsupported(`A JPEG of ${length} components is not supported.`);
  }
  if (header.buffered) {
    const progressive = header.frame === SOF_PROGRESSIVE;
    const bytesPerPixel = header.coefficientBytes / (width * height);
    judgeSize(width, height, bufferedJpegLimit({ ...header, progressive, bytesPerPixel }));
  }
  // Cut between two scans nothing is missing but sharpness: libjpeg has no reason to warn.
  if (header.buffered && !header.ended && !header.complete)
    throw undecodable('The JPEG is cut short.');
  if (header.scans > MAX_JPEG_SCANS) {
    throw undecodable(`The JPEG has more than ${MAX_JPEG_SCANS} scans.`);
  }
}

/**
 * CMYK to RGB, in place. Adobe stores ink inverted (255 is none), and in practice so does everyone
 * who writes CMYK JPEGs: browsers, Pillow and ImageMagick invert with or without the Adobe marker,
 * and so do we. YCCK has become CMYK in libjpeg.
 */
function cmykToRgb(pixels: Uint8Array): Uint8Array {
  let to = 0;
  for (let from = 0; from < pixels.length; from += 4) {
    const k = pixels[from + 3] as number;
    pixels[to++] = ((pixels[from] as number) * k + 127) / 255;
    pixels[to++] = ((pixels[from + 1] as number) * k + 127) / 255;
    pixels[to++] = ((pixels[from + 2] as number) * k + 127) / 255;
  }
  return pixels.subarray(0, to);
}
