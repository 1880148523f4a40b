/** Enrolment for a login: one to five pictures of the person become a template. */
import { announce, find, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import type { LoginFlow } from './login-flow.ts';
import { onPaste } from './picture-files.ts';
import { Thumbnails } from './thumbnails.ts';

export function startEnrol(flow: LoginFlow): { clear(): void; rest(): void } {
  const error = find('enrol-error');
  const take = find('enrol-camera');
  const files = find<HTMLInputElement>('enrol-files');
  const go = find<HTMLButtonElement>('enrol-go');
  let opened = false;
  const thumbnails = new Thumbnails(find('thumbs'), (removed) => {
    if (removed) {
      clearError(error);
      take.focus();
    }
    show();
  });

  function show(): void {
    const full = thumbnails.room === 0;
    take.textContent = opened ? 'Take a picture' : 'Start the camera';
    take.toggleAttribute('disabled', full);
    files.disabled = full;
    go.disabled = thumbnails.pictures.length === 0;
  }

  /** Runs it with its errors shown in this stage, unless that was left meanwhile. */
  async function attempt(work: (leaving: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = flow.leaving;
    clearError(error);
    try {
      await work(signal);
    } catch (thrown) {
      if (!signal.aborted) showError(error, thrown);
    }
  }

  take.addEventListener('click', () =>
    attempt(async (leaving) => {
      const taking = opened;
      const camera = await flow.camera();
      if (!taking) {
        opened = true;
        show();
        announce('The camera is on.');
        return;
      }
      const frame = await camera.frame();
      leaving.throwIfAborted();
      thumbnails.add(frame);
      flow.flash();
    }),
  );

  files.addEventListener('change', () =>
    attempt(async () => {
      const chosen = [...(files.files ?? [])];
      files.value = '';
      await thumbnails.addFiles(chosen, error);
    }),
  );

  onPaste(find('enrol'), (pasted) => attempt(() => thumbnails.addFiles(pasted, error)));

  async function enrol(): Promise<void> {
    const connection = flow.connector.get();
    if (!connection || thumbnails.pictures.length === 0) return;
    const { person } = flow;
    clearError(error);
    try {
      const images = thumbnails.pictures;
      person.enrolment = await connection.api.enrol({ subject: person.subject, images });
    } catch (thrown) {
      thumbnails.fail(error, thrown);
      return;
    }
    if (person === flow.person) flow.go('look'); // not forgotten meanwhile
  }

  find('enrol').addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(go, 'Enrolling…', enrol);
  });

  const rest = () => {
    opened = false;
    show();
  };
  return {
    rest,
    clear() {
      thumbnails.clear();
      clearError(error);
      rest();
    },
  };
}
