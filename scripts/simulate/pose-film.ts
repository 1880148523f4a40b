/** A film of one person in every pose that a login asks for, made from one photo. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { Visavis } from '../../client/index.ts';
import type { Pose } from '../../client/login.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { ACTIONS } from '../../worker/login/poses.ts';
import { compileCodecs } from '../runtime/wasm.ts';
import { PATCH, stillOf, writeFilm } from './fake-camera.ts';
import { type Photo, render, type View } from './render.ts';
import { ANGLES } from './scenes.ts';
import { head } from './surfaces.ts';

/** NASA's portrait of Eileen Collins, which is in the public domain. */
export const PORTRAIT = fileURLToPath(new URL('../../examples/portrait.jpg', import.meta.url));

/** The order of the film, and thereby the number of each pose's patch. */
const POSES: readonly Pose[] = ['frontal', ...ACTIONS];

const SIZE = { width: 640, height: 480 };
const VIEW = { roll: 0, eyes: 74, y: 190 };

/** `more` is how this time differs: nobody holds a pose twice in just the same way. */
export function pose(photo: Photo, name: Pose, more: Partial<View> = {}): Pixels {
  return render(photo, head, { ...VIEW, ...ANGLES[name], ...more }, SIZE);
}

/** The portrait itself as a camera would show it, head and shoulders. */
function plain({ pixels, landmarks }: Photo): Pixels {
  const { nose } = landmarks;
  const [width, height] = [SIZE.width, SIZE.height];
  const scale = Math.min(pixels.width / width, pixels.height / height) * 0.62;
  const planes = new Uint8Array(3 * width * height);
  const map = { a: scale, b: 0, c: nose.x - (width / 2) * scale, d: 0, e: scale, f: 0 };
  const top = Math.max(0, nose.y - height * 0.5 * scale);
  new Pyramid(pixels).sample({ ...map, f: top }, width, height, planes);
  const rgb = new Uint8Array(planes.length);
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) rgb[3 * i + k] = planes[k * width * height + i] as number;
  }
  return { width, height, rgb };
}

/**
 * Films for the fake camera: `poses` shows every pose, each long enough for a slow machine to take
 * it, `still` the same person who never moves, `plain` the photo without a patch, to be looked at.
 * `remove` them when done.
 *
 * @param url a running deployment in development; it says where the portrait's landmarks are
 */
export async function makeFilms(url: URL) {
  const bytes = readFileSync(PORTRAIT);
  const picture = new Blob([bytes]);
  const visavis = new Visavis({ url, key: 'visavis-dev' });
  const { reference } = await visavis.verify({ reference: picture, probe: picture });
  const pixels = openPicture(bytes, compileCodecs()).pixels(1);
  const photo = { pixels, landmarks: reference.landmarks };
  const folder = mkdtempSync(join(tmpdir(), 'visavis-film-'));
  const film = (name: string) => join(folder, `${name}.y4m`);
  const stills = POSES.map((name) => pose(photo, name));
  writeFilm(film('poses'), stills, 2);
  writeFilm(film('still'), stills.slice(0, 1), 1);
  writeFilm(film('plain'), [plain(photo)], 1, { patches: false });
  return {
    poses: film('poses'),
    still: film('still'),
    plain: film('plain'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/**
 * Waits until the fake camera has just begun to show a pose, so that most of its time is left to
 * take the picture in.
 *
 * @param video selects the element that shows the camera
 */
export async function waitForPose(page: Page, name: Pose, video = '#preview'): Promise<void> {
  const wanted = POSES.indexOf(name);
  const deadline = Date.now() + 60_000;
  let before = wanted;
  while (Date.now() < deadline) {
    const colour = await page.evaluate(
      ({ video, side }) => {
        const canvas = document.createElement('canvas');
        canvas.width = 1;
        canvas.height = 1;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        const source = document.querySelector(video) as HTMLVideoElement;
        context.drawImage(source, side / 4, side / 4, side / 2, side / 2, 0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      },
      { video, side: PATCH },
    );
    const shown = stillOf(colour as [number, number, number]);
    if (shown === wanted && before !== wanted) return;
    before = shown;
    await page.waitForTimeout(40);
  }
  throw new Error(`the camera never showed ${name}`);
}
