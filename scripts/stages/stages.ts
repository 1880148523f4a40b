/** Stages of a picture's way from bytes to an embedding, each ready to be run again and again. */
import { align } from '../../worker/face/alignment/align.ts';
import { refineLandmarks } from '../../worker/face/alignment/facemesh.ts';
import { scan } from '../../worker/face/detection/detect.ts';
import { locate } from '../../worker/face/detection/locate.ts';
import { addMirrors, embedPlain, takesMirrors } from '../../worker/face/embedding/embed.ts';
import type { Embedder, Network, Tensor } from '../../worker/face/network.ts';
import { detectAndAlign, type Engine } from '../../worker/face/pipeline.ts';
import { quality } from '../../worker/face/quality/quality.ts';
import { openPicture } from '../../worker/image/open.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';

/** One run of a stage's work. */
export type Stage = () => unknown;

/** Names of the stages, in the order of the pipeline; the last is all of them. */
export const STAGES = [
  'header',
  'decoding',
  'halving',
  'detector: its input, and boxes',
  'detector: network',
  'landmarks: their input, and pose',
  'landmarks: network',
  'crop',
  'quality',
  'embedding by the fast network',
  'embedding of the crop',
  'embedding of the mirror image',
  'all, without the mirror image',
] as const;
export type StageName = (typeof STAGES)[number];

type StageEngine = Omit<Engine, 'name' | 'calibration'>;

/**
 * The stages for one picture with one face that is found at first sight.
 *
 * @param fast of a cascade; it then decides, and the slow network is not asked
 */
export async function stagesOf(
  engine: StageEngine,
  bytes: Uint8Array,
  fast?: Embedder,
): Promise<Record<StageName, Stage>> {
  const { codecs, sampler, detector, landmarker, embedder } = engine;
  const picture = openPicture(bytes, codecs);
  const { face, pyramid } = await locate(engine, picture, 'dominant');
  const { denominator } = pyramid;
  const pixels = pyramid.level(Math.log2(denominator));
  const halved = () => {
    const fresh = new Pyramid(pixels, denominator, picture, sampler);
    fresh.level(Math.log2(denominator) + 2);
  };
  const side = Math.max(picture.width, picture.height);
  const whole = { x: picture.width / 2, y: picture.height / 2, side };
  const detection = await recorded(detector, (network) => scan(network, pyramid, [whole], 0.5));
  const landmarks = await recorded(landmarker, (network) =>
    refineLandmarks(network, pyramid, face),
  );
  const crop = align(pyramid, face.landmarks);
  const plain = await embedPlain(embedder, [crop]);
  return {
    header: () => openPicture(bytes, codecs),
    decoding: () => picture.pixels(denominator),
    halving: halved,
    'detector: its input, and boxes': () => scan(detection.replayed, pyramid, [whole], 0.5),
    'detector: network': () => detector.run(detection.input),
    'landmarks: their input, and pose': () => refineLandmarks(landmarks.replayed, pyramid, face),
    'landmarks: network': () => landmarker.run(landmarks.input),
    crop: () => align(pyramid, face.landmarks),
    quality: () => quality(face.box.width, crop, face.orientation),
    'embedding by the fast network': () => fast && embedPlain(fast, [crop]),
    'embedding of the crop': () => embedPlain(embedder, [crop]),
    'embedding of the mirror image': () =>
      takesMirrors(embedder) ? addMirrors(embedder, [crop], plain) : undefined,
    'all, without the mirror image': async () =>
      embedPlain(fast ?? embedder, [(await detectAndAlign(engine, bytes, 'dominant')).crop]),
  };
}

/** Input of a network's first run, and a network that repeats that run's outputs without any work. */
async function recorded(
  network: Network,
  use: (network: Network) => Promise<unknown>,
): Promise<{ input: Tensor; replayed: Network }> {
  let input: Tensor | undefined;
  let output: Awaited<ReturnType<Network['run']>> = {};
  await use({
    async run(tensor) {
      input = { data: tensor.data.slice(), shape: tensor.shape };
      output = await network.run(tensor);
      return output;
    },
  });
  if (input === undefined) throw new Error('the network was not run');
  return { input, replayed: { run: async () => output } };
}
