/** Outcome of a login: the assertion, decoded; or a refusal that says no more than the API does. */
import type { Visavis } from '../client/api.ts';
import type { ApiError } from '../client/problem.ts';
import { announce, find, make, whileBusy } from './dom.ts';
import { verdict } from './result.ts';
import { explain, oneIn } from './words.ts';

/** Purpose of each claim, to somebody who will check it. */
const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'the deployment that signs',
  aud: 'who it is for',
  sub: 'who logged in',
  tenant: 'the API key’s tenant',
  nonce: 'ties it to this login',
  jti: 'accepted once',
  iat: 'made at',
  exp: 'valid until',
  amr: 'how',
  acr: 'the method',
  far: 'false-accept rate',
  model: 'network',
};

export function showSuccess(assertion: string, sent: { nonce: string; subject: string }): void {
  const claims = decodePart(assertion, 1);
  const header = decodePart(assertion, 0);
  // A page cannot vouch for itself: this only says that the answer belongs to what was asked.
  const fits = claims.nonce === sent.nonce && claims.sub === sent.subject;
  const body = find('outcome-body');
  const heading = title('Logged in');
  body.replaceChildren(
    verdict('in', heading, 'The deployment vouches for it with a signed assertion.'),
    make(
      'p',
      {},
      fits ? 'Its nonce and subject are the ones this page sent. ' : 'It does not fit the login! ',
      'Your backend checks all of it, and the signature, with ',
      make('code', {}, 'verifyAssertion'),
      ' before it lets anybody in.',
    ),
    make('dl', { class: 'claims' }, ...Object.entries(claims).flatMap(claim)),
    make(
      'details',
      {},
      make('summary', {}, `The token (${header.alg}, ${header.typ})`),
      make('pre', { class: 'token', tabindex: 0, 'aria-label': 'The assertion' }, assertion),
    ),
  );
  finish(heading);
}

export async function showRefused(error: ApiError, api: Visavis, subject: string): Promise<void> {
  const { title: text, hint } = explain(error);
  const heading = title(text);
  const attempts = make('p', { class: 'hint' });
  find('outcome-body').replaceChildren(verdict('out', heading, hint), attempts);
  finish(heading);
  const report = await api.attempts(subject).catch(() => undefined); // a key without that scope
  if (!report) return;
  const { failures, delayedUntil, locked } = report;
  const wait = delayedUntil === null ? 0 : (Date.parse(delayedUntil) - Date.now()) / 1000;
  attempts.textContent =
    `${failures} failed in a row. ` +
    (locked ? 'Locked.' : wait > 0 ? `The next may begin in ${Math.ceil(wait)} seconds.` : '');
  if (locked || wait > 0) attempts.after(resetButton(api, subject, attempts));
}

/**
 * Reset of the attempts, which the tenant's backend can do for a person who asks; here the person
 * is both.
 */
function resetButton(api: Visavis, subject: string, attempts: HTMLElement): HTMLElement {
  const button = make('button', { type: 'button', class: 'button' }, 'Reset (as the operator)');
  button.addEventListener('click', () =>
    whileBusy(button, 'Resetting…', async () => {
      try {
        await api.resetAttempts(subject);
        attempts.textContent = 'The attempts are reset.';
        announce(attempts.textContent);
        find('again').focus();
        button.hidden = true;
      } catch (error) {
        attempts.textContent = explain(error).title;
      }
    }),
  );
  return button;
}

/** The stage's own heading, moved into the verdict. */
function title(text: string): HTMLElement {
  const heading = find('outcome-title');
  heading.textContent = text;
  return heading;
}

function finish(heading: HTMLElement): void {
  heading.focus();
  announce(heading.textContent ?? '');
}

function claim([name, value]: [string, unknown]): HTMLElement[] {
  const label = make('dt', {}, name);
  return [label, make('dd', {}, readable(name, value), meaning(name))];
}

function readable(name: string, value: unknown): string {
  if ((name === 'iat' || name === 'exp') && typeof value === 'number') {
    return new Date(value * 1000).toLocaleTimeString('en');
  }
  if (name === 'far' && typeof value === 'number') return oneIn(value);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function meaning(name: string): HTMLElement | string {
  const text = CLAIMS[name];
  return text === undefined ? '' : make('span', { class: 'hint' }, ` (${text})`);
}

/** Base64url JSON (RFC 7515 section 2); for showing, not for trusting. */
function decodePart(token: string, index: 0 | 1): Record<string, unknown> {
  const text = (token.split('.')[index] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
