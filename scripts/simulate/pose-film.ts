/** Films of one person, who takes every pose that a login asks for; made from one photo. */
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
import { compileCodecs } from '../engine/modules.ts';
import { type Colour, changeFilm, PATCH, stillOf, writeFilm } from './fake-camera.ts';
import { type Photo, render } from './render.ts';
import { ANGLES } from './scenes.ts';
import { head } from './surfaces.ts';

/** NASA's portrait of Eileen Collins, which is in the public domain. */
export const PORTRAIT = fileURLToPath(new URL('../../examples/portrait.jpg', import.meta.url));

/** The poses by the number of their patch. */
const POSES: readonly Pose[] = ['frontal', ...ACTIONS];

const SIZE = { width: 640, height: 480 };
const VIEW = { roll: 0, eyes: 74, y: 190 };

/** The other way that the person sits, so that a pose held again is not the very picture. */
const LEANING = { roll: 8, x: 336, distance: 6 };

/**
 * One pose. A login may ask for an action, another, and the first once more: the same picture would
 * be refused as a copy.
 *
 * @param time how many poses the person has taken before: at n and n + 2 the pictures differ
 */
export function pose(photo: Photo, name: Pose, time = 0): Pixels {
  const leaning = time % 4 >= 2 ? LEANING : {};
  return render(photo, head, { ...VIEW, ...ANGLES[name], ...leaning }, SIZE);
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

/** A film whose person takes a pose when told to, and holds it until told otherwise. */
class PoseFilm {
  readonly path: string;
  readonly #photo: Photo;
  #taken = 0;

  /** Faces the camera at first. */
  constructor(path: string, photo: Photo) {
    this.path = path;
    this.#photo = photo;
    writeFilm(path, pose(photo, 'frontal'), POSES.indexOf('frontal'));
  }

  /** Takes the pose, for whichever camera is on or opened next. */
  turn(name: Pose): void {
    changeFilm(this.path, pose(this.#photo, name, this.#taken++), POSES.indexOf(name));
  }

  /**
   * Waits until a camera that is on shows the pose: every later frame shows it as well.
   *
   * @param video selects the element that shows the camera
   */
  async hold(page: Page, name: Pose, video = '#preview'): Promise<void> {
    this.turn(name);
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      if (stillOf(await patchShown(page, video)) === POSES.indexOf(name)) return;
      await page.waitForTimeout(40);
    }
    throw new Error(`the camera never showed ${name}`);
  }
}

function patchShown(page: Page, video: string): Promise<Colour> {
  return page.evaluate(
    ({ video, side }) => {
      const canvas = document.createElement('canvas');
      canvas.width = 1;
      canvas.height = 1;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const source = document.querySelector(video) as HTMLVideoElement;
      context.drawImage(source, side / 4, side / 4, side / 2, side / 2, 0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
      return [red, green, blue] as const;
    },
    { video, side: PATCH },
  );
}

/**
 * Films for the fake camera: `poses` shows the pose it is told to, `still` the same person who never
 * moves, `plain` the photo without a patch, to be looked at. `remove` them when done.
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
  writeFilm(film('still'), pose(photo, 'frontal'), POSES.indexOf('frontal'));
  writeFilm(film('plain'), plain(photo));
  return {
    poses: new PoseFilm(film('poses'), photo),
    still: film('still'),
    plain: film('plain'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
