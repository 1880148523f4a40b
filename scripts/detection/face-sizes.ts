/**
 * Face width found per picture size: the portrait of `examples/`, put small into pictures of usual
 * sizes at several places (`npm run tool -- face-sizes`). Its table is in docs/face-sizes.md.
 */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../worker/errors.ts';
import type { FaceModels } from '../../worker/face/detection/confirm.ts';
import { findableWidth, locate } from '../../worker/face/detection/locate.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Denominator, Picture, Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { Progress } from '../batch/progress.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels } from '../engine/networks.ts';
import { table } from '../report/format.ts';

const PORTRAIT = new URL('../../examples/portrait.jpg', import.meta.url);

/** Photos, screens, and an A4 page at 200 dpi. */
const SIZES = [
  [640, 480],
  [960, 720],
  [1280, 720],
  [1920, 1080],
  [1654, 2338],
  [2560, 1920],
  [4000, 3000],
] as const;

/** Width of the face's box, in pixels of the picture at full size. */
const WIDTHS = [20, 24, 32, 48, 64, 96, 128, 160, 200] as const;

export default defineTool({
  name: 'face-sizes',
  description: 'Tell how wide a face has to be to be found, by the size of the picture',
  args: {
    places: {
      type: 'string',
      valueHint: 'n',
      default: '2',
      description: 'Places in each picture, as evenly as can be',
    },
  },
  async run(args) {
    const places = wholeNumber(args.places, 'places');
    const models = await loadFaceModels();
    const opened = openPicture(readFileSync(PORTRAIT), compileCodecs());
    const portrait = new Pyramid(opened.pixels(1));
    const { face } = await locate(models, opened, 'largest');
    const progress = new Progress(SIZES.length * WIDTHS.length * places, 'pictures');
    const rows: string[][] = [];
    for (const [width, height] of SIZES) {
      const row = [`${width} x ${height}`, `${findableWidth({ width, height })}`];
      for (const wanted of WIDTHS) {
        const answers: string[] = [];
        for (let n = 0; n < places; n++) {
          const scale = wanted / face.box.width;
          answers.push(await answer(models, composed(portrait, scale, width, height, n)));
          progress.add(1);
        }
        row.push(summary(answers));
      }
      rows.push(row);
    }
    progress.end();
    console.log(table(['picture', 'found from', ...WIDTHS.map((width) => `${width} px`)], rows));
  },
});

async function answer(models: FaceModels, picture: Picture): Promise<string> {
  try {
    await locate(models, picture, 'dominant');
    return 'found';
  } catch (error) {
    if (error instanceof Refusal) return error.failure.code;
    throw error;
  }
}

/** `all`, or how many were found; what else was answered goes without saying only for `no_face`. */
function summary(answers: readonly string[]): string {
  const found = answers.filter((answer) => answer === 'found').length;
  if (found === answers.length) return 'all';
  const small = answers.filter((answer) => answer === 'face_too_small').length;
  return small > 0 ? `${found}, ${small} too small` : String(found);
}

/**
 * The portrait, scaled, on grey, at the n-th of a sequence of places that fills the picture evenly.
 */
function composed(
  portrait: Pyramid,
  scale: number,
  width: number,
  height: number,
  n: number,
): Picture {
  const [across, down] = [halton(n + 1, 2), halton(n + 1, 3)];
  const left = Math.round(across * Math.max(0, width - portrait.width * scale));
  const top = Math.round(down * Math.max(0, height - portrait.height * scale));
  const pixels = (denominator: Denominator): Pixels => {
    const w = Math.ceil(width / denominator);
    const h = Math.ceil(height / denominator);
    const rgb = new Uint8Array(w * h * 3).fill(127);
    const step = denominator / scale; // from a pixel to the next, in the portrait's
    const x0 = Math.max(0, Math.floor(left / denominator));
    const y0 = Math.max(0, Math.floor(top / denominator));
    const columns = Math.min(w - x0, Math.floor((portrait.width * scale) / denominator));
    const rows = Math.min(h - y0, Math.floor((portrait.height * scale) / denominator));
    const planes = new Uint8Array(3 * columns * rows);
    const centre = step / 2 - 0.5;
    portrait.sample({ a: step, b: 0, c: centre, d: 0, e: step, f: centre }, columns, rows, planes);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const from = y * columns + x;
        const to = ((y0 + y) * w + x0 + x) * 3;
        for (let c = 0; c < 3; c++) rgb[to + c] = planes[from + c * columns * rows] as number;
      }
    }
    return { width: w, height: h, rgb };
  };
  return { format: 'jpeg', width, height, scales: true, pixels };
}

/** The n-th of a sequence that fills 0..1 evenly (Halton 1960). */
function halton(n: number, base: number): number {
  let value = 0;
  let part = 1;
  for (let rest = n; rest > 0; rest = Math.floor(rest / base)) {
    part /= base;
    value += (rest % base) * part;
  }
  return value;
}
