/** One pipeline in a process of its own, for the tool `pair`: every message is one comparison. */
import { readFileSync } from 'node:fs';
import { squaredDistance } from '../../worker/face/compare.ts';
import { verify } from '../../worker/face/verify.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { openModel, readCalibration, shippedModels } from '../engine/model-folder.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFinder, loadNetwork } from '../engine/networks.ts';
import { openFaceApi } from './face-api.ts';
import { openHuman } from './human.ts';

const PICTURE = new URL('../../test/fixtures/faces/face-640x480.jpg', import.meta.url);

export interface PairTime {
  /** Milliseconds of this process's CPU, and by the clock. */
  readonly cpu: number;
  readonly clock: number;
}

/** @returns the comparison of one 640x480 JPEG with itself, from bytes to a distance */
async function comparison(name: string): Promise<() => Promise<unknown>> {
  const bytes = readFileSync(PICTURE);
  const codecs = compileCodecs();
  if (shippedModels().includes(name)) {
    const model = openModel(name);
    const calibration = readCalibration(model);
    const rate = calibration?.rates[0];
    if (calibration === undefined || rate === undefined) throw new Error(`${name}: not calibrated`);
    const embedder = await loadNetwork(model.network);
    const engine = { ...(await loadFinder()), name, codecs, embedder, calibration };
    return () => verify(engine, { reference: bytes, probe: bytes, rate, faces: 'dominant' });
  }
  const pixels = () => openPicture(bytes, codecs).pixels(1); // the peers take pixels
  const describe = name === 'human' ? await openHuman() : await faceApiOf(name);
  return async () => squaredDistance(await describe(pixels()), await describe(pixels()));
}

async function faceApiOf(name: string) {
  const faceApi = await openFaceApi();
  return (pixels: Pixels) => faceApi(name as 'tiny' | 'default', pixels);
}

const compare = await comparison(process.argv[2] as string);
process.on('message', async () => {
  const start = performance.now();
  const before = process.cpuUsage();
  await compare();
  const { user, system } = process.cpuUsage(before);
  const time: PairTime = { cpu: (user + system) / 1000, clock: performance.now() - start };
  process.send?.(time);
});
process.send?.('ready');
