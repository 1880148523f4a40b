/**
 * Posts example pairs to a running Worker and prints the answers: `npm run examples`.
 *
 * The portrait is NASA's official photo of Eileen Collins (public domain). The first pair is that
 * one photo twice: as it is, and turned, darkened and saved as another format. The others are
 * photos of other people, from the npm package `@vladmandic/face-api`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { compileCodecs, compileModule } from '../runtime/wasm.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:8787' },
    key: { type: 'string', default: 'visavis-dev' },
  },
});

const portrait = readFileSync(new URL('../../examples/portrait.jpg', import.meta.url));
const group = (n: number) =>
  readFileSync(createRequire(import.meta.url).resolve(`@vladmandic/face-api/demo/sample${n}.jpg`));

/** The picture turned by 12 degrees and at 60 % of its brightness. */
function turnedAndDarkened({ width, height, rgb }: Pixels): Uint8ClampedArray {
  const angle = (12 * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  const map = {
    a: cos,
    b: -sin,
    c: x - cos * x + sin * y,
    d: sin,
    e: cos,
    f: y - sin * x - cos * y,
  };
  const planes = new Uint8Array(3 * width * height);
  new Pyramid({ width, height, rgb }).sample(map, width, height, planes);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = 0.6 * (planes[c * width * height + i] as number);
  }
  return rgba;
}

async function altered(): Promise<Uint8Array> {
  const pixels = openPicture(portrait, compileCodecs()).pixels(1);
  await initWebp(compileModule('@jsquash/webp/codec/enc/webp_enc_simd.wasm'));
  const { width, height } = pixels;
  const data = turnedAndDarkened(pixels) as Uint8ClampedArray<ArrayBuffer>;
  return new Uint8Array(
    await encodeWebp({ data, width, height, colorSpace: 'srgb' } as ImageData, { quality: 60 }),
  );
}

async function post(title: string, reference: Uint8Array, probe: Uint8Array, faces?: string) {
  const form = new FormData();
  form.set('reference', new Blob([Uint8Array.from(reference)]), 'reference');
  form.set('probe', new Blob([Uint8Array.from(probe)]), 'probe');
  if (faces !== undefined) form.set('faces', faces);
  const answer = await fetch(new URL('/v1/verify', values.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${values.key}` },
    body: form,
  });
  const body = (await answer.json()) as Record<string, unknown>;
  console.log(`\n${title}\n  HTTP ${answer.status}`);
  for (const name of ['same', 'distance', 'threshold', 'far', 'score', 'code', 'detail', 'field']) {
    if (name in body) console.log(`  ${name}: ${body[name]}`);
  }
}

try {
  await post('One photo twice: as it is, and turned, darkened, as WebP', portrait, await altered());
  await post(
    'Two people: the portrait and the largest face of a group',
    portrait,
    group(3),
    'largest',
  );
  await post('Two people: the largest faces of two groups', group(5), group(6), 'largest');
  await post('A group where one face is expected: refused', portrait, group(6));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`No answer from ${values.url}: start the Worker first, with npm start.`);
  process.exitCode = 1;
}
