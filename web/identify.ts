/** The third tab: people are enrolled into a gallery, and found in pictures. */
import { ApiError } from '../client/problem.ts';
import type { Connector } from './connection.ts';
import { announce, find, make, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { showIdentified } from './identified.ts';
import { onPaste } from './picture-files.ts';
import { PictureInput } from './picture-input.ts';
import { chosenRate, offerRates } from './rates.ts';
import { GALLERY, startRoster } from './roster.ts';
import { samplePictures } from './sample.ts';
import { explain } from './words.ts';

/** Subjects that each face is ranked against. */
const TOP = 3;

export function startIdentify(connector: Connector): void {
  const error = find('who-error');
  const result = find('who-result');
  const reset = () => {
    clearError(error);
    result.hidden = true;
    slot.mark();
  };
  const slot = new PictureInput(find('slot-who'), 'probe', reset);
  const roster = startRoster(connector, reset);

  async function identify(): Promise<void> {
    await slot.settled;
    reset();
    const { picture } = slot;
    slot.fail(picture ? undefined : 'Choose a picture first.');
    if (!picture) return slot.focus();
    const connection = connector.get();
    if (!connection) return;
    const fpir = chosenRate('fpir');
    const asked = { gallery: GALLERY, top: TOP, faces: 'all', ...(fpir && { fpir }) } as const;
    try {
      const answer = await connection.api.identify({ probe: picture, ...asked });
      const { image } = slot;
      if (!image || slot.picture !== picture) return; // another one meanwhile
      slot.mark(...answer.faces.map(({ face }) => face));
      const heading = showIdentified(result, answer, image);
      heading.focus();
      announce(heading.textContent ?? '');
    } catch (thrown) {
      if (slot.picture === picture) fail(thrown);
    }
  }

  function fail(thrown: unknown): void {
    const problem = thrown instanceof ApiError ? thrown.problem : undefined;
    if (problem?.code === 'not_found') {
      const hint = make('span', {}, 'Enrol somebody first: the first person makes the gallery.');
      error.replaceChildren(make('strong', {}, 'Nobody is enrolled yet'), hint);
      error.hidden = false;
    } else if (problem?.field === 'probe') {
      const { title, hint } = explain(thrown);
      slot.fail(`${title}. ${hint}`);
      slot.focus();
    } else {
      showError(error, thrown);
    }
  }

  async function useSample(): Promise<void> {
    try {
      const { reference, probe } = await samplePictures();
      roster.suggest('Sample person', reference);
      await slot.take(probe);
    } catch (thrown) {
      showError(find('person-error'), thrown);
    }
  }

  find('who-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(find('who-go'), 'Searching…', identify);
  });
  onPaste(find('who'), ([file]) => void slot.take(file as File));
  find('who-sample').addEventListener('click', () => {
    void whileBusy(find('who-sample'), 'Loading…', useSample);
  });
  connector.whenConnected(({ model }) => {
    offerRates('fpir', model.calibration.fpirs);
    if (!find('who').hidden) void roster.load();
  });
  addEventListener('tab', (event) => {
    if ((event as CustomEvent).detail === 'who') void roster.load();
  });
}
