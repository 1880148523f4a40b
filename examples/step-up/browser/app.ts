/** Steps of the page: sign in, set up a face, look, transfer. */
import { createAuthClient } from 'better-auth/client';
import { faceClient } from 'visavis/better-auth-client';
import { Camera, enrolFace, faceLogin, manual, PROMPTS, VisavisError } from 'visavis/browser';

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const { adapter, visavis: url = '' } = document.body.dataset;
const video = find<HTMLVideoElement>('video');
const person = { name: 'ada', email: 'ada@shop.example', password: 'correct horse battery staple' };

/** The same four steps by either adapter. */
const steps = adapter === 'better-auth' ? withBetterAuth() : withHono();

function withHono() {
  return {
    signIn: () => post('/sign-in', { name: person.name }),
    enrol: (images: Blob[]) => enrolFace('/face', images),
    look: (options: Look) => faceLogin({ ...options, base: '/face' }),
  };
}

function withBetterAuth() {
  const client = createAuthClient({ plugins: [faceClient()] });
  return {
    async signIn() {
      const { error } = await client.signUp.email(person);
      if (error) await client.signIn.email(person, { throw: true });
      return { ok: true };
    },
    enrol: (images: Blob[]) => client.face.enrol({ images, consent: true }),
    look: (options: Look) => client.face.verify(options),
  };
}

type Look = Omit<Parameters<typeof faceLogin>[0], 'base'>;

async function post(path: string, body: object): Promise<{ ok?: boolean; code?: string }> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

async function withCamera(work: (camera: Camera) => Promise<void>): Promise<void> {
  const camera = await Camera.open(video);
  try {
    await work(camera);
  } finally {
    camera.close();
  }
}

async function enrol(): Promise<undefined> {
  if (!find<HTMLInputElement>('consent').checked) throw new Error('Please agree first.');
  await withCamera(async (camera) => steps.enrol([await camera.frame()]));
}

async function look(): Promise<undefined> {
  await withCamera(async (camera) => {
    const capture = find<HTMLButtonElement>('capture');
    const guide = manual(({ pose, index }) => {
      document.body.dataset.pose = pose;
      document.body.dataset.step = String(index);
      find('prompt').textContent = PROMPTS[pose];
    });
    capture.onclick = guide.capture;
    capture.hidden = false;
    await steps.look({ url, camera, guide });
  });
}

function on(id: string, work: () => Promise<{ ok?: boolean; code?: string } | undefined>): void {
  find(id).addEventListener('click', async () => {
    const state = find('state');
    state.textContent = '…';
    try {
      const answer = await work();
      state.textContent = `${id}: ${answer?.code ?? 'ok'}`;
    } catch (error) {
      state.textContent = `${id}: ${error instanceof VisavisError ? error.code : error}`;
    }
  });
}

on('sign-in', () => steps.signIn());
on('enrol', enrol);
on('look', look);
on('transfer', () => post('/transfer', {}));
document.documentElement.dataset.ready = ''; // for whoever drives this page
