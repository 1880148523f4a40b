/** The whole way from two pictures' bytes to a distance, timed: ours, and face-api's beside it. */
import { readFileSync } from 'node:fs';
import { squaredDistance } from '../../worker/face/compare.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import { verify } from '../../worker/face/verify.ts';
import { openPicture } from '../../worker/image/open.ts';
import { openModel, readCalibration, shippedModels } from '../runtime/model-folder.ts';
import { loadFinder, loadNetwork } from '../runtime/networks.ts';
import { compileCodecs } from '../runtime/wasm.ts';
import { openFaceApi, VARIANTS } from './face-api.ts';

const PICTURE = new URL('../../test/fixtures/faces/face-640x480.jpg', import.meta.url);

/** A way, by name. */
export type Way = readonly [name: string, run: () => Promise<unknown>];

/**
 * Each pipeline's run on one 640x480 JPEG and itself. face-api takes pixels: it gets them
 * from our decoder, whole. Ours embeds each face's mirror image, too.
 */
export async function waysEndToEnd(): Promise<Way[]> {
  const bytes = readFileSync(PICTURE);
  const codecs = compileCodecs();
  const finder = await loadFinder();
  const ways: Way[] = [];
  for (const name of shippedModels()) {
    const model = openModel(name);
    const calibration = readCalibration(model);
    const rate = calibration?.rates[0];
    if (calibration === undefined || rate === undefined)
      throw new Error(`${name} is not calibrated`);
    const embedder = await loadNetwork(model.network);
    const engine: Engine = { ...finder, name, codecs, embedder, calibration };
    const input = { reference: bytes, probe: bytes, rate, faces: 'dominant' } as const;
    ways.push([`**${name}**, ours`, () => verify(engine, input)]);
  }
  const describe = await openFaceApi();
  for (const variant of Object.keys(VARIANTS) as (keyof typeof VARIANTS)[]) {
    const embedding = () => describe(variant, openPicture(bytes, codecs).pixels(1));
    ways.push([
      `@vladmandic/face-api, ${VARIANTS[variant]}`,
      async () => squaredDistance(await embedding(), await embedding()),
    ]);
  }
  return ways;
}
