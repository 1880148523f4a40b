/** Enrolment: consent, then one to five pictures of the camera, to this site's backend. */
import { Camera } from 'visavis/browser';
import { find, post, Refused, showError } from './dom.ts';

const MAX_PICTURES = 5;

export function startEnrol(): void {
  const video = find<HTMLVideoElement>('video');
  const shoot = find<HTMLButtonElement>('enrol-camera');
  const send = find<HTMLButtonElement>('enrol-send');
  const pictures: Blob[] = [];
  let camera: Camera | undefined;

  const show = () => {
    find('pictures').textContent = `${pictures.length} of at most ${MAX_PICTURES} pictures taken`;
    shoot.textContent = camera ? 'Take a picture' : 'Start the camera';
    shoot.disabled = pictures.length === MAX_PICTURES;
    send.disabled = pictures.length === 0;
  };

  async function take(): Promise<void> {
    if (!find<HTMLInputElement>('consent').checked) throw new Refused({ error: 'consent' });
    showError('enrol-error', undefined);
    if (camera) {
      pictures.push(await camera.frame());
    } else {
      video.hidden = false;
      camera = await Camera.open(video);
    }
    show();
  }

  async function enrol(): Promise<void> {
    const form = new FormData();
    form.set('consent', find<HTMLInputElement>('consent').checked ? 'yes' : 'no');
    for (const picture of pictures) form.append('image', picture, 'picture.jpg');
    try {
      await post('/face/enrol', form);
      location.assign('/');
    } catch (error) {
      pictures.length = 0;
      show();
      throw error;
    } finally {
      camera?.close();
      camera = undefined;
      video.hidden = true;
    }
  }

  // Presses count one at a time: two must not start two cameras, or send everything twice.
  let running = false;
  const run = (work: () => Promise<void>) => async () => {
    if (running) return;
    running = true;
    try {
      await work();
    } catch (error) {
      showError('enrol-error', error);
    } finally {
      running = false;
    }
  };
  shoot.addEventListener('click', run(take));
  send.addEventListener('click', run(enrol));
}
