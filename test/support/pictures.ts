/** The pictures that tests need, as bytes: the fixtures by name, and the group photos by number. */
import group1 from '@vladmandic/face-api/demo/sample1.jpg?inline';
import group2 from '@vladmandic/face-api/demo/sample2.jpg?inline';
import group3 from '@vladmandic/face-api/demo/sample3.jpg?inline';
import group4 from '@vladmandic/face-api/demo/sample4.jpg?inline';
import group5 from '@vladmandic/face-api/demo/sample5.jpg?inline';
import group6 from '@vladmandic/face-api/demo/sample6.jpg?inline';

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
