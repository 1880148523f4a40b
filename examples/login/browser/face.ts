/** The second factor by face: a challenge of this site's backend, answered to visavis. */
import {
  answerChallenge,
  Camera,
  type Challenge,
  manual,
  PROMPTS,
  type Step,
  timed,
} from 'visavis/browser';
import { find, post, showError } from './dom.ts';

const SECONDS_PER_PICTURE = 5;

export function startFace(): void {
  const section = find('face');
  const url = section.dataset.visavis as string;
  const video = find<HTMLVideoElement>('video');
  const prompt = find('prompt');
  const start = find<HTMLButtonElement>('face-start');
  const take = find<HTMLButtonElement>('face-capture');
  let capture = () => {};
  take.addEventListener('click', () => capture());

  function show({ index, total, pose }: Step, seconds?: number): void {
    section.dataset.pose = pose;
    section.dataset.step = String(index);
    const count = seconds === undefined ? '' : ` – ${seconds}`;
    prompt.textContent = `${index + 1} of ${total}: ${PROMPTS[pose]}${count}`;
  }

  async function look(): Promise<void> {
    showError('face-error', undefined);
    start.hidden = true;
    let camera: Camera | undefined;
    try {
      video.hidden = false;
      camera = await Camera.open(video);
      const challenge = await post<Challenge>('/face/start');
      const untimed = find<HTMLInputElement>('untimed').checked;
      const guide = untimed ? manual((step) => show(step)) : timed(show, SECONDS_PER_PICTURE);
      capture = guide.capture;
      take.hidden = false;
      take.focus();
      const { assertion } = await answerChallenge({
        url,
        challenge,
        camera,
        guide: {
          ...guide,
          sending() {
            take.hidden = true;
            prompt.textContent = 'Checking…';
          },
        },
      });
      await post('/face/finish', { assertion });
      location.assign('/');
    } catch (error) {
      prompt.textContent = '';
      showError('face-error', error);
    } finally {
      camera?.close();
      video.hidden = true;
      take.hidden = true;
      start.hidden = false;
    }
  }

  start.addEventListener('click', () => void look());
}
