/** Enrolment: one to five pictures of the person become a template. */
import { preparePicture } from '../client/browser.ts';
import { ApiError } from '../client/problem.ts';
import { announce, find, make, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { type Flow, Left } from './flow.ts';
import { explain } from './words.ts';

const MAX_PICTURES = 5;

interface Shot {
  readonly picture: Blob;
  readonly address: string;
}

export function startEnrol(flow: Flow): { clear(): void; rest(): void } {
  const error = find('enrol-error');
  const take = find('enrol-camera');
  const files = find<HTMLInputElement>('enrol-files');
  const go = find<HTMLButtonElement>('enrol-go');
  let shots: Shot[] = [];
  let opened = false;

  function show(faulty = -1): void {
    find('thumbs').replaceChildren(
      ...shots.map((shot, index) => {
        const name = `Picture ${index + 1}`;
        const remove = make('button', { type: 'button', class: 'remove' }, '×');
        remove.setAttribute('aria-label', `Remove picture ${index + 1}`);
        remove.addEventListener('click', () => {
          URL.revokeObjectURL(shot.address);
          shots = shots.filter((other) => other !== shot);
          clearError(error);
          show();
          take.focus();
          announce(`${name} is removed.`);
        });
        const fault = index === faulty;
        const image = make('img', { src: shot.address, alt: fault ? `${name}, refused` : name });
        return make('li', { class: fault ? 'fault' : '' }, image, remove);
      }),
    );
    const full = shots.length >= MAX_PICTURES;
    take.textContent = opened ? 'Take a picture' : 'Start the camera';
    take.toggleAttribute('disabled', full);
    files.disabled = full;
    go.disabled = shots.length === 0;
  }

  function add(picture: Blob): void {
    if (shots.length >= MAX_PICTURES) return;
    shots.push({ picture, address: URL.createObjectURL(picture) });
    show();
    announce(`Picture ${shots.length} of at most ${MAX_PICTURES} is added.`);
  }

  /** Runs it with its errors shown in this stage. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    clearError(error);
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof Left)) showError(error, thrown);
    }
  }

  take.addEventListener('click', () =>
    attempt(async () => {
      const camera = await flow.camera();
      if (!opened) {
        opened = true;
        show();
        announce('The camera is on.');
        return;
      }
      add(await camera.frame());
      flow.flash();
    }),
  );

  files.addEventListener('change', () =>
    attempt(async () => {
      const chosen = [...(files.files ?? [])].slice(0, MAX_PICTURES - shots.length);
      files.value = '';
      for (const file of chosen) add(await preparePicture(file));
    }),
  );

  async function enrol(): Promise<void> {
    const connection = flow.connector.get();
    if (!connection || shots.length === 0) return;
    const { person } = flow;
    clearError(error);
    try {
      const images = shots.map((shot) => shot.picture);
      person.enrolment = await connection.api.enrol({ subject: person.subject, images });
    } catch (thrown) {
      const index = faultyPicture(thrown);
      showError(error, thrown);
      if (index !== undefined && shots.length > 1) {
        const title = error.querySelector('strong');
        if (title) title.textContent = `Picture ${index + 1}: ${explain(thrown).title}`;
        show(index);
      }
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
      for (const { address } of shots) URL.revokeObjectURL(address);
      shots = [];
      clearError(error);
      rest();
    },
  };
}

/** Index of the picture at fault, from a field as `image[2]`. */
function faultyPicture(thrown: unknown): number | undefined {
  const field = thrown instanceof ApiError ? thrown.problem.field : undefined;
  const index = /^image\[(\d+)\]$/.exec(field ?? '')?.[1];
  return index === undefined ? undefined : Number(index);
}
