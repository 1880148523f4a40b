/** The time of whole logins over HTTP. */
import { readFileSync } from 'node:fs';
import { Visavis } from '../../client/index.ts';
import type { Pose } from '../../client/login.ts';
import type { Challenge } from '../../client/types.ts';
import { DEVELOPMENT_KEY } from '../../worker/auth/development.ts';
import { openPicture } from '../../worker/image/open.ts';
import { compileCodecs } from '../engine/modules.ts';
import { encodeJpeg } from '../simulate/jpeg-encoder.ts';
import { PORTRAIT, pose } from '../simulate/pose-film.ts';
import { type Times, timesOf } from './timing.ts';

/** Registered with the development tenant. */
const AUDIENCE = 'http://localhost:8788';

/** Logins before any is timed: V8 compiles hot code a second time. */
const WARM_UP = 40;

/** Whole logins of one person, timed: frames of 640 x 480, rendered from the portrait while no clock runs. */
export interface Login {
  /** @returns milliseconds of challenge and answer together; undefined where it ended in no assertion */
  run(): Promise<number | undefined>;
}

/**
 * Enrols the portrait and returns its logins.
 *
 * @param headers of a response of frames, beside its own
 */
export async function enrolForLogins(
  url: URL,
  key: string,
  audience: string,
  headers: () => Readonly<Record<string, string>> = () => ({}),
): Promise<Login> {
  const visavis = new Visavis({ url, key });
  const picture = new Blob([readFileSync(PORTRAIT)]);
  const { reference } = await visavis.verify({ reference: picture, probe: picture });
  const pixels = openPicture(readFileSync(PORTRAIT), compileCodecs()).pixels(1);
  const photo = { pixels, landmarks: reference.landmarks };
  const made = new Map<string, Blob>();
  const frame = (name: Pose, time: number): Blob => {
    const key = `${name} ${time}`;
    let blob = made.get(key);
    if (blob === undefined) {
      const jpeg = encodeJpeg(pose(photo, name, time), 88);
      blob = new Blob([Uint8Array.from(jpeg)]);
      made.set(key, blob);
    }
    return blob;
  };
  const subject = crypto.randomUUID();
  const { template } = await visavis.enrol({ subject, images: [picture] });
  const asked = { subject, template, audience, nonce: crypto.randomUUID(), far: 1e-3 };
  return {
    async run() {
      const start = performance.now();
      const challenge = await visavis.challenge(asked);
      const asking = performance.now() - start;
      const form = formOf(challenge, frame); // rendered while no clock runs
      const answered = performance.now();
      const path = `/v1/challenges/${challenge.id}/response`;
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        body: form,
        headers: headers(),
      });
      await response.arrayBuffer();
      if (response.ok) return asking + performance.now() - answered;
      await visavis.resetAttempts(subject);
      return undefined;
    },
  };
}

/** Times of as many logins as `runs` says. Only those that end in an assertion count: they do all the work. */
export async function timeLogins(url: URL, runs: number): Promise<Times> {
  const login = await enrolForLogins(url, DEVELOPMENT_KEY, AUDIENCE);
  const times: number[] = [];
  for (let tries = 0; times.length < WARM_UP + runs; tries++) {
    if (tries > 2 * (WARM_UP + runs)) throw new Error('most logins are refused');
    const time = await login.run();
    if (time !== undefined) times.push(time);
  }
  return timesOf(times.slice(WARM_UP));
}

function formOf({ challenge, actions }: Challenge, frame: (name: Pose, time: number) => Blob) {
  const form = new FormData();
  form.set('challenge', challenge);
  form.set('frontal', frame('frontal', 0), 'frame.jpg');
  for (const [i, action] of actions.entries()) {
    form.append('action', frame(action, i + 1), 'frame.jpg');
  }
  return form;
}
