/** Pictures that the benchmark posts: one face, in the sizes and formats that uploads come in. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32, deflateSync } from 'node:zlib';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { compileCodecs, compileModule } from '../engine/modules.ts';
import { encodeJpeg } from '../simulate/jpeg-encoder.ts';

const FIXTURES = new URL('../../test/fixtures/faces/', import.meta.url);
const fixture = (name: string) => Uint8Array.from(readFileSync(new URL(name, FIXTURES)));

const JPEG_QUALITY = 90;
const MIDDLE = { width: 1280, height: 960 };

export const PICTURES = [
  '640x480 JPEG',
  '1280x960 JPEG',
  '12 MP JPEG',
  '12 MP progressive JPEG',
  '640x480 PNG',
  '640x480 WebP',
] as const;
export type PictureName = (typeof PICTURES)[number];

export type Pictures = Readonly<Record<PictureName, Uint8Array<ArrayBuffer>>>;

export async function makePictures(): Promise<Pictures> {
  const small = fixture('face-640x480.jpg');
  const large = fixture('face-12mp.jpg');
  const codecs = compileCodecs();
  const pixels = openPicture(small, codecs).pixels(1);
  const middle = framed(openPicture(large, codecs).pixels(2), MIDDLE);
  return {
    '640x480 JPEG': small,
    '1280x960 JPEG': Uint8Array.from(encodeJpeg(middle, JPEG_QUALITY)),
    '12 MP JPEG': large,
    '12 MP progressive JPEG': fixture('face-12mp-progressive.jpg'),
    '640x480 PNG': png(pixels),
    '640x480 WebP': await webp(pixels),
  };
}

/** A picture in the middle of a larger frame, as high as the frame and black beside it. */
function framed(pixels: Pixels, size: { readonly width: number; readonly height: number }): Pixels {
  const { width, height } = size;
  const step = pixels.height / height;
  const map = { a: step, b: 0, c: (pixels.width - width * step) / 2, d: 0, e: step, f: 0 };
  const planes = new Uint8Array(3 * width * height);
  new Pyramid(pixels).sample(map, width, height, planes);
  const rgb = new Uint8Array(planes.length);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = planes[c * width * height + i] as number;
  }
  return { width, height, rgb };
}

/** An 8-bit RGB PNG (RFC 2083), each row as the difference to the one above. */
function png({ width, height, rgb }: Pixels): Uint8Array<ArrayBuffer> {
  const stride = width * 3;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (stride + 1);
    rows[to] = 2; // filter "up"
    for (let i = 0; i < stride; i++) {
      const above = y === 0 ? 0 : (rgb[(y - 1) * stride + i] as number);
      rows[to + 1 + i] = (rgb[y * stride + i] as number) - above;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // bits a sample, RGB
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')];
  return Uint8Array.from(Buffer.concat([signature, ...chunks]));
}

function chunk(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const out = Buffer.alloc(typed.length + 8);
  out.writeUInt32BE(body.length, 0);
  out.set(typed, 4);
  out.writeUInt32BE(crc32(typed), typed.length + 4);
  return out;
}

async function webp({ width, height, rgb }: Pixels): Promise<Uint8Array<ArrayBuffer>> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  const require = createRequire(import.meta.url);
  await initWebp(compileModule(require.resolve('@jsquash/webp/codec/enc/webp_enc_simd.wasm')));
  return new Uint8Array(await encodeWebp({ data: rgba, width, height } as ImageData));
}
