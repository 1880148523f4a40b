/** Error box: it is read out, with what to do about it. */
import { make } from './dom.ts';
import { type Explanation, explain } from './words.ts';

export function showError(box: HTMLElement, error: unknown): Explanation {
  const explanation = explain(error);
  const { title, hint, small } = explanation;
  box.replaceChildren(
    make('strong', {}, title),
    make('span', {}, hint),
    (small !== undefined && make('div', { class: 'small' }, small)) || '',
  );
  box.hidden = false;
  return explanation;
}

export function clearError(box: HTMLElement): void {
  box.hidden = true;
  box.replaceChildren();
}
