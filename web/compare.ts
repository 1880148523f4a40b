/** The first tab: two pictures in, a decision out. */
import { ApiError } from '../client/problem.ts';
import type { FacePolicy } from '../client/types.ts';
import type { Connector } from './connection.ts';
import { announce, find, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { onPaste } from './picture-files.ts';
import { PictureInput } from './picture-input.ts';
import { chosenRate, offerRates } from './rates.ts';
import { showResult } from './result.ts';
import { samplePictures } from './sample.ts';
import { explain } from './words.ts';

const FIELDS = ['reference', 'probe'] as const;

export function startCompare(connector: Connector): void {
  const error = find('compare-error');
  const result = find('compare-result');
  const reset = () => {
    clearError(error);
    result.hidden = true;
    for (const slot of Object.values(slots)) slot.mark();
  };
  const slots = {
    reference: new PictureInput(find('slot-reference'), 'reference', reset),
    probe: new PictureInput(find('slot-probe'), 'probe', reset),
  };

  async function compare(): Promise<void> {
    await Promise.all(FIELDS.map((field) => slots[field].settled));
    reset();
    const missing = FIELDS.filter((field) => slots[field].picture === undefined);
    for (const field of FIELDS) {
      slots[field].fail(missing.includes(field) ? 'Choose a picture first.' : undefined);
    }
    const [first] = missing;
    if (first) return slots[first].focus();
    const connection = connector.get();
    if (!connection) return;
    const { api, model } = connection;
    const reference = slots.reference.picture as Blob;
    const probe = slots.probe.picture as Blob;
    const replaced = () => slots.reference.picture !== reference || slots.probe.picture !== probe;
    const far = chosenRate('far');
    const faces = find<HTMLSelectElement>('faces').value as FacePolicy;
    try {
      const asked = far === undefined ? {} : { far };
      const answer = await api.verify({ reference, probe, faces, ...asked });
      const images = { reference: slots.reference.image, probe: slots.probe.image };
      if (replaced() || !images.reference || !images.probe) return; // it is about other pictures
      for (const field of FIELDS) slots[field].mark(answer[field]);
      const heading = showResult(result, answer, model.calibration.rates, {
        reference: images.reference,
        probe: images.probe,
      });
      heading.focus();
      announce(`${heading.textContent}, distance ${answer.distance.toFixed(3)}.`);
    } catch (thrown) {
      if (replaced()) return;
      const field = thrown instanceof ApiError ? thrown.problem.field : undefined;
      const slot = FIELDS.find((name) => name === field);
      if (!slot) {
        showError(error, thrown);
        return;
      }
      const { title, hint } = explain(thrown);
      slots[slot].fail(`${title}. ${hint}`);
      slots[slot].focus();
    }
  }

  const compareBusily = () => whileBusy(find('compare-go'), 'Comparing…', compare);

  async function useSample(): Promise<void> {
    try {
      const pictures = await samplePictures();
      await Promise.all(FIELDS.map((field) => slots[field].take(pictures[field])));
      find('sample-note').hidden = false;
    } catch (thrown) {
      showError(error, thrown);
      return;
    }
    await compareBusily();
  }

  connector.whenConnected(({ model }) =>
    offerRates(
      'far',
      model.calibration.rates.map(({ far }) => far),
    ),
  );
  onPaste(find('compare'), ([file]) => {
    const focused = FIELDS.find((field) => find(`slot-${field}`).contains(document.activeElement));
    const empty = FIELDS.find((field) => slots[field].picture === undefined);
    void slots[focused ?? empty ?? 'probe'].take(file as File);
  });
  find('sample').addEventListener('click', () => {
    void whileBusy(find('sample'), 'Loading…', useSample);
  });
  find('compare-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void compareBusily();
  });
}
