/** Error box: it is read out, with what to do about it. */
import { make } from './dom.ts';
import { type Explanation, explain } from './words.ts';

export function showError(box: HTMLElement, error: unknown): Explanation {
  const explanation = explain(error);
  showExplanation(box, explanation);
  return explanation;
}

export function showExplanation(box: HTMLElement, { title, hint, small }: Explanation): void {
  box.replaceChildren(
    make('strong', {}, title),
    make('span', {}, hint),
    (small !== undefined && make('div', { class: 'small' }, small)) || '',
  );
  box.hidden = false;
}

export function clearError(box: HTMLElement): void {
  box.hidden = true;
  box.replaceChildren();
}
