/** The fourth tab: pictures in, the faces of each person together out. */
import { preparePicture } from '../client/browser.ts';
import type { Connector } from './connection.ts';
import { announce, find, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { type Failed, type Ready, showGroups } from './groups.ts';
import { droppedFiles, onPaste, pathOf, pictureFiles } from './picture-files.ts';
import { chosenRate, offerRates } from './rates.ts';
import { explain } from './words.ts';

/** Pictures of one call of the API. */
const MAX_PICTURES = 64;

/** Bytes that all of them may have together: the API takes 21 MiB. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Longer sides to try, in pixels, until a picture is small enough for its share. */
const SIDES = [1280, 960, 640];

/** Time for reading 64 pictures on a busy machine. */
const TIMEOUT_MS = 300_000;

/** The person stopped it: nobody has to be told. */
class Stopped extends Error {}

export function startSort(connector: Connector): void {
  const error = find('sort-error');
  const result = find('sort-result');
  const drop = find('sort-drop');
  const progress = find<HTMLProgressElement>('sort-progress');
  let files: File[] = [];
  let stopping = new AbortController();

  function choose(all: readonly File[]): void {
    stopping.abort(new Stopped()); // what is sorted now is not asked for any more
    clearError(error);
    result.hidden = true;
    const pictures = pictureFiles(all);
    files = pictures.slice(0, MAX_PICTURES);
    const others = all.length - pictures.length;
    const parts = [
      `${count(pictures.length, 'picture')} chosen.`,
      others > 0 && `${count(others, 'file')} left out: not a picture.`,
    ];
    find('sort-chosen').textContent = parts.filter(Boolean).join(' ');
    find('sort-many').hidden = pictures.length <= MAX_PICTURES;
    find('sort-many-count').textContent = `The first ${MAX_PICTURES} of ${pictures.length}`;
    announce(find('sort-chosen').textContent ?? '');
  }

  async function sort(): Promise<void> {
    clearError(error);
    result.hidden = true;
    if (files.length < 2) {
      find('sort-chosen').textContent = 'Choose two pictures or more first.';
      return find('sort-files').focus();
    }
    const connection = connector.get();
    if (!connection) return;
    stopping = new AbortController();
    const { signal } = stopping;
    find('sort-running').hidden = false;
    try {
      const { ready, failed } = await prepare(signal);
      if (ready.length < 2) return (await showGroups(result, { ready, failed }, signal)).focus();
      say(`Comparing the faces of ${count(ready.length, 'picture')}…`);
      progress.removeAttribute('value'); // there is no telling how far it is
      const far = chosenRate('sort-far');
      const images = ready.map(({ picture }) => picture);
      const call = { signal, timeoutMs: TIMEOUT_MS };
      const answer = await connection.api.cluster({ images, ...(far && { far }) }, call);
      say('Cutting the faces out…');
      const heading = await showGroups(result, { ready, failed, answer }, signal);
      heading.focus();
      announce(heading.textContent ?? '');
    } catch (thrown) {
      if (!(signal.aborted && signal.reason instanceof Stopped)) showError(error, thrown);
    } finally {
      find('sort-running').hidden = true;
    }
  }

  async function prepare(signal: AbortSignal): Promise<{ ready: Ready[]; failed: Failed[] }> {
    const ready: Ready[] = [];
    const failed: Failed[] = [];
    for (const [i, file] of files.entries()) {
      progress.value = i / files.length;
      say(`Reading picture ${i + 1} of ${files.length}…`);
      try {
        ready.push({ name: pathOf(file), picture: await fitting(file, MAX_BYTES / files.length) });
      } catch (thrown) {
        failed.push({ name: pathOf(file), reason: explain(thrown).title });
      }
      signal.throwIfAborted();
    }
    return { ready, failed };
  }

  function say(text: string): void {
    find('sort-doing').textContent = text;
  }

  for (const id of ['sort-files', 'sort-folder']) {
    const input = find<HTMLInputElement>(id);
    input.addEventListener('change', () => {
      choose([...(input.files ?? [])]);
      input.value = '';
    });
  }
  for (const [type, over] of [['dragover', true] as const, ['dragleave', false] as const]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', over);
    });
  }
  drop.addEventListener('drop', async (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (!event.dataTransfer) return;
    try {
      choose(await droppedFiles(event.dataTransfer));
    } catch (thrown) {
      showError(error, thrown);
    }
  });
  onPaste(find('sort'), choose);
  find('sort-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(find('sort-go'), 'Sorting…', sort);
  });
  find('sort-stop').addEventListener('click', () => {
    stopping.abort(new Stopped());
    find('sort-go').focus();
    announce('Stopped.');
  });
  connector.whenConnected(({ model }) => {
    offerRates(
      'sort-far',
      model.calibration.rates.map(({ far }) => far),
    );
  });
}

/** A picture that is no larger than its share. @throws UnreadablePicture */
async function fitting(file: File, bytes: number): Promise<Blob> {
  let picture = await preparePicture(file, { longerSide: SIDES[0] as number });
  for (const longerSide of SIDES.slice(1)) {
    if (picture.size <= bytes) break;
    picture = await preparePicture(file, { longerSide });
  }
  return picture;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
