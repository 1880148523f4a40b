/**
 * The challenge of a login: prompts, pictures, and the answer.
 *
 * In a product the relying party's backend asks for the challenge and checks the assertion, and
 * the browser never has a key; here one page plays both, so that it can be tried without one.
 */
import {
  answerChallenge,
  type Guide,
  manual,
  PROMPTS,
  type Step,
  timed,
} from '../client/browser.ts';
import { ApiError } from '../client/problem.ts';
import { announce, find, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { Left, type LoginFlow } from './login-flow.ts';
import { randomId } from './names.ts';
import { showRefused, showSuccess } from './outcome.ts';

/** Time to read the prompt and follow it; the challenge is open for 120. */
const SECONDS_PER_PICTURE = 5;

/** Answers that end a login; all others are about this page, and leave everything as it is. */
const VERDICTS = ['login_failed', 'challenge_used', 'too_many_attempts', 'subject_locked'];

export function startChallenge(flow: LoginFlow): void {
  const error = find('look-error');
  const audience = find<HTMLInputElement>('audience');
  const stop = find('look-stop');
  // Under `npm start` any local origin will do; elsewhere its operator has to register it.
  audience.value = location.origin;
  let capture = () => {};

  function prompt({ index, total, pose }: Step, secondsLeft?: number): void {
    const say = find('look-say');
    if (say.textContent !== PROMPTS[pose]) say.textContent = PROMPTS[pose];
    const head = find<SVGElement>('head');
    head.dataset.pose = pose;
    head.dataset.step = String(index);
    find('look-progress').textContent = `Picture ${index + 1} of ${total}`;
    const count = find('count');
    count.hidden = secondsLeft === undefined;
    count.textContent = String(secondsLeft ?? '');
  }

  function guide(): Guide {
    const untimed = find<HTMLInputElement>('untimed').checked;
    const base = untimed ? manual((step) => prompt(step)) : timed(prompt, SECONDS_PER_PICTURE);
    capture = base.capture;
    return {
      ready: base.ready,
      captured({ index, total }) {
        flow.flash();
        announce(`Picture ${index + 1} of ${total} is taken.`);
      },
      sending: () => show('busy'),
    };
  }

  function show(part: 'ready' | 'prompt' | 'busy'): void {
    find('look-ready').hidden = part !== 'ready';
    find('look-prompt').hidden = part !== 'prompt';
    find('look-busy').hidden = part !== 'busy';
    find('count').hidden = part !== 'prompt';
    find('viewfinder').hidden = part === 'ready';
  }

  async function login(): Promise<void> {
    const connection = flow.connector.get();
    const { subject, enrolment } = flow.person;
    if (!connection || !enrolment) return;
    clearError(error);
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, flow.leaving.signal]);
    const onStop = () => stopping.abort(new Left());
    stop.addEventListener('click', onStop);
    try {
      const camera = await flow.camera();
      const nonce = randomId();
      const { template } = enrolment;
      const asked = { subject, template, audience: audience.value.trim(), nonce };
      const challenge = await connection.api.challenge(asked);
      signal.throwIfAborted();
      show('prompt');
      find('look-capture').focus();
      find('viewfinder').scrollIntoView({ block: 'start' }); // prompt and button fit below it
      const url = location.origin;
      const options = { url, challenge, camera, guide: guide(), signal };
      const { assertion } = await answerChallenge(options);
      flow.go('outcome');
      showSuccess(assertion, { nonce, subject });
    } catch (thrown) {
      if (thrown instanceof ApiError && VERDICTS.includes(thrown.code)) {
        flow.go('outcome');
        await showRefused(thrown, connection.api, subject);
      } else if (!(thrown instanceof Left)) {
        showError(error, thrown);
      }
    } finally {
      stop.removeEventListener('click', onStop);
      capture = () => {};
      show('ready');
      if (!find('look').hidden) find('look-start').focus();
    }
  }

  find('look-start').addEventListener('click', () => {
    void whileBusy(find('look-start'), 'Starting…', login);
  });
  find('look-capture').addEventListener('click', () => capture());
  // Space takes the picture wherever the focus is, unless it is on something that wants it.
  addEventListener('keydown', (event) => {
    if (event.key !== ' ' || find('look-prompt').hidden) return;
    if (event.target instanceof Element && event.target.closest('button, input, a, summary'))
      return;
    event.preventDefault();
    capture();
  });
  find('again').addEventListener('click', () => flow.go('look'));
  new MutationObserver(() => {
    const { enrolment } = flow.person;
    if (find('look').hidden || !enrolment) return;
    const { pictures, expiresAt, template } = enrolment;
    const day = new Date(expiresAt).toLocaleDateString('en', { dateStyle: 'long' });
    find('enrolled-text').textContent =
      `You are enrolled, from ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}: a template of ` +
      `${template.length} characters, valid until ${day}, in this page’s memory.`;
  }).observe(find('look'), { attributes: true, attributeFilter: ['hidden'] });
}
