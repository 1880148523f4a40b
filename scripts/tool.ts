/** All tools behind one command line: `npm run tool -- NAME [OPTIONS]`; `--help` tells of each. */
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { defineCommand, renderUsage, runMain } from 'citty';

/** Tools by name and folder, each loaded when it is asked for. */
export const TOOLS = {
  // dataset/
  crops: async () => (await import('./dataset/crops.ts')).default,
  split: async () => (await import('./dataset/split.ts')).default,
  teach: async () => (await import('./dataset/teach.ts')).default,
  screen: async () => (await import('./dataset/screen.ts')).default,
  'yaw-labels': async () => (await import('./dataset/yaw-labels.ts')).default,
  // convert/
  'convert-face-models': async () => (await import('./convert/face-models.ts')).default,
  'convert-dlib': async () => (await import('./convert/dlib.ts')).default,
  'convert-peer': async () => (await import('./convert/peer.ts')).default,
  // train/
  train: async () => (await import('./train/from-photos.ts')).default,
  // calibrate/
  calibrate: async () => (await import('./calibrate/calibrate.ts')).default,
  cascade: async () => (await import('./calibrate/cascade.ts')).default,
  reliability: async () => (await import('./calibrate/reliability.ts')).default,
  occlusion: async () => (await import('./calibrate/occlusion.ts')).default,
  // evaluate/
  evaluate: async () => (await import('./evaluate/evaluate.ts')).default,
  // identification/
  identification: async () => (await import('./identification/identification-tool.ts')).default,
  grouping: async () => (await import('./identification/grouping-tool.ts')).default,
  // quality/
  floor: async () => (await import('./quality/floor.ts')).default,
  sittings: async () => (await import('./quality/sittings.ts')).default,
  'gate-limits': async () => (await import('./quality/gate-limits.ts')).default,
  // detection/
  detections: async () => (await import('./detection/detections.ts')).default,
  'face-sizes': async () => (await import('./detection/face-sizes.ts')).default,
  yaw: async () => (await import('./detection/yaw.ts')).default,
  // peers/
  peers: async () => (await import('./peers/peers.ts')).default,
  pair: async () => (await import('./peers/pair.ts')).default,
  // sort/
  sort: async () => (await import('./sort/sort.ts')).default,
  // report/
  card: async () => (await import('./report/card.ts')).default,
  // simulate/
  simulate: async () => (await import('./simulate/simulate.ts')).default,
  // bench/
  benchmark: async () => (await import('./bench/benchmark.ts')).default,
  'gallery-times': async () => (await import('./bench/gallery-times.ts')).default,
  // stages/
  speed: async () => (await import('./stages/speed.ts')).default,
  stages: async () => (await import('./stages/stage-times.ts')).default,
  // load/
  soak: async () => (await import('./load/soak.ts')).default,
  stalls: async () => (await import('./load/stalls.ts')).default,
  // wasm/
  'picture-kernels': async () => (await import('./wasm/picture-kernels.ts')).default,
  runtime: async () => (await import('./wasm/deployed-runtime.ts')).default,
  'gallery-kernel': async () => (await import('./wasm/gallery-kernel.ts')).default,
  'int8-kernels': async () => (await import('./wasm/int8/kernels.ts')).default,
  'jpeg-kernels': async () => (await import('./wasm/jpeg/kernels.ts')).default,
  'fp32-kernels': async () => (await import('./wasm/fp32/kernels.ts')).default,
  // deploy/
  build: async () => (await import('./deploy/build.ts')).default,
  keys: async () => (await import('./deploy/keys.ts')).default,
  // self-host/
  bundle: async () => (await import('./self-host/bundle.ts')).default,
  serve: async () => (await import('./self-host/serve.ts')).default,
  // docs/
  openapi: async () => (await import('./docs/openapi.ts')).default,
  examples: async () => (await import('./docs/examples.ts')).default,
  screenshots: async () => (await import('./docs/screenshots.ts')).default,
  // mutate/
  mutations: async () => (await import('./mutate/mutations.ts')).default,
};

const main = defineCommand({
  meta: { name: 'npm run tool --', description: 'The tools of visavis' },
  subCommands: TOOLS,
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.some((word) => word === '--help' || word === '-h');
  await runMain(main, {
    // After a mistake the usage goes where the error does: standard output is for results.
    showUsage: async (tool, parent) => {
      const coloured = `${await renderUsage(tool, parent)}\n`;
      const usage = process.stdout.isTTY ? coloured : stripVTControlCharacters(coloured);
      if (asked) console.log(usage);
      else console.error(usage);
    },
  });
}
