/** Choice of a rate: those that this deployment is calibrated for, after its own. */
import { find, make } from './dom.ts';
import { oneIn } from './words.ts';

/** @param id of the `select`, whose first option stays */
export function offerRates(id: string, rates: readonly number[]): void {
  const select = find<HTMLSelectElement>(id);
  const own = select.options[0] as HTMLOptionElement;
  const offered = rates.map((rate) => make('option', { value: rate }, oneIn(rate)));
  select.replaceChildren(own, ...offered);
}

/** The rate chosen; undefined for the deployment's own. */
export function chosenRate(id: string): number | undefined {
  const { value } = find<HTMLSelectElement>(id);
  return value === '' ? undefined : Number(value);
}
