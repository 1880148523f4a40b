/**
 * Example pairs, posted to a running Worker, and its answers: `npm run tool -- examples`.
 *
 * The portrait is NASA's official photo of Eileen Collins (public domain). The first pair is that
 * one photo twice: as it is, and turned, darkened and saved as another format. The others are
 * photos of other people, from the npm package `@vladmandic/face-api`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { defineTool } from '../define-tool.ts';
import { compileCodecs, compileModule } from '../engine/modules.ts';
import { Mistake } from '../mistake.ts';

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

/** Deployment that the pairs are posted to. */
interface Deployment {
  readonly url: string;
  readonly key: string;
}

interface Pair {
  readonly title: string;
  readonly reference: Uint8Array;
  readonly probe: Uint8Array;
  readonly faces?: string;
  /** Status of the answer. Default: 200. */
  readonly expected?: number;
}

/** @returns true where the answer has the status that it should have */
async function post({ url, key }: Deployment, pair: Pair): Promise<boolean> {
  const { title, reference, probe, faces, expected = 200 } = pair;
  const form = new FormData();
  form.set('reference', new Blob([Uint8Array.from(reference)]), 'reference');
  form.set('probe', new Blob([Uint8Array.from(probe)]), 'probe');
  if (faces !== undefined) form.set('faces', faces);
  const answer = await fetch(new URL('/v1/verify', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
  });
  const body = (await answer.json()) as Record<string, unknown>;
  console.log(`\n${title}\n  HTTP ${answer.status}`);
  for (const name of ['same', 'distance', 'threshold', 'far', 'score', 'code', 'detail', 'field']) {
    if (name in body) console.log(`  ${name}: ${body[name]}`);
  }
  return answer.status === expected;
}

async function pairs(): Promise<Pair[]> {
  return [
    {
      title: 'One photo twice: as it is, and turned, darkened, as WebP',
      reference: portrait,
      probe: await altered(),
    },
    {
      title: 'Two people: the portrait and the largest face of a group',
      reference: portrait,
      probe: group(3),
      faces: 'largest',
    },
    {
      title: 'Two people: the largest faces of two groups',
      reference: group(5),
      probe: group(6),
      faces: 'largest',
    },
    {
      title: 'A group where one face is expected: refused',
      reference: portrait,
      probe: group(6),
      expected: 422,
    },
  ];
}

export default defineTool({
  name: 'examples',
  description: 'Post example pairs to a running Worker and print the answers',
  args: {
    url: { type: 'string', default: 'http://localhost:8787', description: 'Where it listens' },
    key: { type: 'string', default: 'visavis-dev', description: 'API key' },
  },
  async run(deployment) {
    try {
      for (const pair of await pairs()) {
        if (!(await post(deployment, pair))) process.exitCode = 1;
      }
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new Mistake(
          `What answers at ${deployment.url} is no visavis: its answer is not JSON.`,
        );
      }
      if (!(error instanceof TypeError)) throw error;
      throw new Mistake(
        `No answer from ${deployment.url}: start the Worker first, with npm start.`,
      );
    }
  },
});
