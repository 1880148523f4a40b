/** A login over sockets, by the page of a relying party and its backend with the documented key. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Pose } from '../../../client/login.ts';
import type { Challenge, Enrolment } from '../../../client/types.ts';
import { compileCodecs } from '../../../scripts/engine/modules.ts';
import { encodeJpeg } from '../../../scripts/simulate/jpeg-encoder.ts';
import { PORTRAIT, pose } from '../../../scripts/simulate/pose-film.ts';
import type { Photo } from '../../../scripts/simulate/render.ts';
import { openPicture } from '../../../worker/image/open.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const KEY = { authorization: 'Bearer visavis-dev' };
export const AUDIENCE = 'http://localhost:8788';

const portrait = new Uint8Array(readFileSync(PORTRAIT));

export function pictures(files: Record<string, Bytes>): FormData {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(files)) form.set(name, new Blob([bytes]), name);
  return form;
}

/** Body of an answer, which has to be one. */
export async function ok<Answer>(response: Response): Promise<Answer> {
  if (!response.ok) expect.fail(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

export class HttpLogin {
  readonly #url: URL;
  readonly #photo: Photo;

  private constructor(url: URL, photo: Photo) {
    this.#url = url;
    this.#photo = photo;
  }

  /** @param url a Worker in development; it says where the portrait's landmarks are */
  static async at(url: URL): Promise<HttpLogin> {
    const form = pictures({ reference: portrait, probe: portrait });
    const init = { method: 'POST', body: form, headers: KEY };
    const { reference } = await ok<{ reference: Photo }>(
      await fetch(new URL('/v1/verify', url), init),
    );
    const pixels = openPicture(portrait, compileCodecs()).pixels(1);
    return new HttpLogin(url, { pixels, landmarks: reference.landmarks });
  }

  post(
    path: string,
    body: FormData | object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const json = !(body instanceof FormData);
    return fetch(new URL(path, this.#url), {
      method: 'POST',
      body: json ? JSON.stringify(body) : body,
      headers: { ...headers, ...(json ? { 'content-type': 'application/json' } : {}) },
    });
  }

  frame(name: Pose, time = 0): Bytes {
    return Uint8Array.from(encodeJpeg(pose(this.#photo, name, time), 88));
  }

  shoot(poses: readonly Pose[]): Bytes[] {
    return poses.map((name, time) => this.frame(name, time));
  }

  /** Template of the portrait. */
  async enrol(subject: string): Promise<string> {
    const form = pictures({ image: portrait });
    form.set('subject', subject);
    return (await ok<Enrolment>(await this.post('/v1/templates', form, KEY))).template;
  }

  async begin(subject: string, nonce: string, far = 0.001): Promise<Challenge> {
    const template = await this.enrol(subject);
    const fields = { subject, template, audience: AUDIENCE, nonce, far };
    return ok<Challenge>(await this.post('/v1/challenges', fields, KEY));
  }

  /** Response as a page of the relying party sends it: without a key. */
  answer({ id, challenge }: Challenge, frames: readonly Bytes[]): Promise<Response> {
    const [frontal, ...actions] = frames;
    const form = new FormData();
    form.set('challenge', challenge); // first: it is opened before the pictures are taken in
    form.set('frontal', new Blob([frontal as Bytes]), 'frontal');
    for (const action of actions) form.append('action', new Blob([action]), 'frame.jpg');
    return this.post(`/v1/challenges/${id}/response`, form, { origin: AUDIENCE });
  }

  async attempts(subject: string): Promise<{ failures: number }> {
    const url = new URL(`/v1/subjects/${subject}/attempts`, this.#url);
    return (await (await fetch(url, { headers: KEY })).json()) as { failures: number };
  }
}
