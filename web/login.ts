/** The second tab: consent, enrolment, a login, and its result, one after the other. */
import { Camera } from '../client/browser.ts';
import { startChallenge } from './challenge.ts';
import type { Connector } from './connection.ts';
import { announce, find } from './dom.ts';
import { startEnrol } from './enrol.ts';
import { Left, type LoginFlow, type Person, STAGES, type Stage } from './login-flow.ts';
import { PREFIX, randomId } from './names.ts';

export function startLogin(connector: Connector): void {
  const viewfinder = find('viewfinder');
  let camera: Camera | undefined;
  /** Camera that is being started: whoever asks meanwhile gets the same. */
  let opening: Promise<Camera> | undefined;
  let stage: Stage = 'consent';

  const closeCamera = () => {
    camera?.close();
    camera = undefined;
    opening = undefined;
    viewfinder.hidden = true;
  };

  async function openCamera(): Promise<Camera> {
    const { signal } = flow.leaving;
    closeCamera();
    viewfinder.hidden = false;
    try {
      camera = await Camera.open(find<HTMLVideoElement>('preview'), { signal });
      opening = undefined;
      return camera;
    } catch (error) {
      if (!signal.aborted) closeCamera(); // else another may have been started
      throw error;
    }
  }

  const flow: LoginFlow = {
    connector,
    person: newPerson(),
    leaving: new AbortController(),
    go(next) {
      stage = next;
      for (const name of STAGES) find(name).hidden = name !== next;
      for (const [index, item] of [...document.querySelectorAll('.steps li')].entries()) {
        const at = STAGES.indexOf(next);
        item.classList.toggle('done', index < at);
        if (index === at) item.setAttribute('aria-current', 'step');
        else item.removeAttribute('aria-current');
      }
      if (next === 'consent' || next === 'outcome') closeCamera();
      find('forget').hidden = next === 'consent';
      find(next).querySelector('h2')?.focus();
    },
    async camera() {
      if (camera?.open) return camera;
      opening ??= openCamera();
      return opening;
    },
    flash() {
      viewfinder.classList.remove('flash');
      void viewfinder.offsetWidth; // restarts the animation
      viewfinder.classList.add('flash');
    },
  };

  const enrol = startEnrol(flow);
  startChallenge(flow);

  const leave = () => {
    flow.leaving.abort(new Left());
    flow.leaving = new AbortController();
    closeCamera();
  };
  find('consent').addEventListener('submit', (event) => {
    event.preventDefault();
    if (connector.get()) flow.go('enrol');
  });
  find('forget').addEventListener('click', () => {
    leave();
    flow.person = newPerson();
    enrol.clear();
    find<HTMLFormElement>('consent').reset();
    flow.go('consent');
    announce('Everything is forgotten.');
  });
  addEventListener('tab', () => {
    leave();
    // Consent stays given, but the prompts do not go on behind another tab.
    if (stage === 'enrol') enrol.rest();
  });
  addEventListener('pagehide', leave);
}

function newPerson(): Person {
  return { subject: PREFIX + randomId() };
}
