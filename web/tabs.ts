/** The tabs, by the ARIA Authoring Practices: arrow keys move, the address remembers. */
import { find } from './dom.ts';

const NAMES = ['compare', 'login', 'who', 'sort'] as const;
type Name = (typeof NAMES)[number];

export function startTabs(): void {
  for (const name of NAMES) {
    const tab = find(`tab-${name}`);
    tab.addEventListener('click', () => select(name));
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -NAMES.indexOf(name), End: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = NAMES[(NAMES.indexOf(name) + step + NAMES.length) % NAMES.length] as Name;
      select(event.key === 'End' ? (NAMES.at(-1) as Name) : next);
      find(`tab-${event.key === 'End' ? NAMES.at(-1) : next}`).focus();
    });
  }
  addEventListener('hashchange', fromAddress);
  fromAddress();
}

function fromAddress(): void {
  const name = NAMES.find((name) => location.hash === `#${name}`);
  if (name) select(name);
}

function select(chosen: Name): void {
  for (const name of NAMES) {
    const tab = find(`tab-${name}`);
    tab.setAttribute('aria-selected', String(name === chosen));
    tab.tabIndex = name === chosen ? 0 : -1;
    find(name).hidden = name !== chosen;
  }
  history.replaceState(null, '', `#${chosen}`);
  dispatchEvent(new CustomEvent('tab', { detail: chosen }));
}
