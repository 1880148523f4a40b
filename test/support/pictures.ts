/** The pictures that tests need, as bytes: the fixtures by name, and the group photos by number. */
import group1 from '@vladmandic/face-api/demo/sample1.jpg?inline';
import group2 from '@vladmandic/face-api/demo/sample2.jpg?inline';
import group3 from '@vladmandic/face-api/demo/sample3.jpg?inline';
import group4 from '@vladmandic/face-api/demo/sample4.jpg?inline';
import group5 from '@vladmandic/face-api/demo/sample5.jpg?inline';
import group6 from '@vladmandic/face-api/demo/sample6.jpg?inline';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';

const FACES = import.meta.glob<string>('../fixtures/faces/*.{jpg,png,webp}', {
  query: '?inline',
  import: 'default',
  eager: true,
});

/** A copy of the test face: `face.png`, `face-exif3.jpg`, ... (test/fixtures/faces/make.py). */
export function face(name: string): Uint8Array {
  return bytes(FACES[`../fixtures/faces/${name}`] ?? '');
}

/** Group photos, 1920 px wide, and how many faces each clearly shows. */
export const GROUPS: readonly { readonly picture: Uint8Array; readonly faces: number }[] = [
  { picture: bytes(group1), faces: 3 },
  { picture: bytes(group2), faces: 3 },
  { picture: bytes(group3), faces: 3 },
  { picture: bytes(group4), faces: 4 },
  { picture: bytes(group5), faces: 5 },
  { picture: bytes(group6), faces: 4 },
];

function bytes(dataUrl: string): Uint8Array {
  const base64 = dataUrl.slice(dataUrl.indexOf(',') + 1);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A picture turned clockwise by some degrees, on a black square that holds all of it. */
export function turned(pixels: Pixels, degrees: number): Pixels {
  const { width, height } = pixels;
  const side = Math.ceil(Math.hypot(width, height));
  const [cos, sin] = [Math.cos, Math.sin].map((of) => of((degrees * Math.PI) / 180)) as [
    number,
    number,
  ];
  const middle = (side - 1) / 2;
  const planes = new Uint8Array(3 * side * side);
  new Pyramid(pixels).sample(
    {
      a: cos,
      b: sin,
      c: (width - 1) / 2 - middle * (cos + sin),
      d: -sin,
      e: cos,
      f: (height - 1) / 2 - middle * (cos - sin),
    },
    side,
    side,
    planes,
  );
  const rgb = planes.map((_, i) => planes[(i % 3) * side * side + Math.floor(i / 3)] as number);
  return { width: side, height: side, rgb };
}

/** A JPEG whose EXIF block nobody reads any more: it shows as it is stored. */
export function withoutExif(jpeg: Uint8Array): Uint8Array {
  const text = Array.from(jpeg.subarray(0, 64), (byte) => String.fromCharCode(byte)).join('');
  const at = text.indexOf('Exif');
  if (at < 0) throw new Error('no EXIF');
  return jpeg.with(at, 0x78);
}
