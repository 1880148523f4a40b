/** One pipeline in a process of its own, for the tool `pair`: every message is one comparison. */
import { readFileSync } from 'node:fs';
import type { Calibration, Rate } from '../../worker/face/decision/calibration.ts';
import { networksOf } from '../../worker/face/decision/cascade.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { verify } from '../../worker/face/verify.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { openModel, readCalibration, shippedModels } from '../engine/model-folder.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../engine/networks.ts';
import { openFaceApi } from './face-api.ts';
import { openHuman } from './human.ts';
import { MIRRORS } from './pair-name.ts';

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
  const [pair, variant] = name.split(' ') as [string, string | undefined];
  const { fast, slow } = networksOf(pair);
  if (shippedModels().includes(slow)) {
    const { embedder, calibration: own } = await calibrated(slow);
    const calibration = variant === MIRRORS ? { ...own, earlyExit: undefined } : own;
    const engine = { ...(await loadFaceModels()), name: slow, codecs, embedder, calibration };
    const rate = calibration.rates[0] as Rate;
    const cascade = fast === undefined ? undefined : await cascadeOf(fast, calibration, variant);
    const input = { reference: bytes, probe: bytes, rate, faces: 'dominant' } as const;
    return () => verify(engine, input, cascade);
  }
  const pixels = () => openPicture(bytes, codecs).pixels(1); // the peers take pixels
  const describe = name === 'human' ? await openHuman() : await faceApiOf(name);
  return async () => squaredDistance(await describe(pixels()), await describe(pixels()));
}

async function calibrated(name: string) {
  const model = openModel(name);
  const calibration = readCalibration(model);
  if (calibration === undefined) throw new Error(`${name}: not calibrated`);
  return { embedder: await loadNetwork(model.network), calibration };
}

async function cascadeOf(fast: string, slow: Calibration, variant: string | undefined) {
  const { embedder, calibration } = await calibrated(fast);
  const near = variant === undefined ? 4 : -1; // every distance decides, or none
  const rule = { sameShare: 1, differentFar: 1, fastWeight: 0.5 };
  const rates = calibration.rates.map((rate) => ({ ...rate, near, scale: calibration }));
  return {
    name: fast,
    embedder,
    fastId: fast,
    pairs: { fast: calibration, slow, rule, rates },
    templates: [],
  };
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
