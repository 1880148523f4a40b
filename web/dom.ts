/** The few things about the document that every part of the page does. */

/** An element of index.html; that it is there is checked by every browser test. */
export function find<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as unknown as T;
}

type Child = Node | string | false | undefined;

/** An element with its attributes and children. Text is text: nothing is ever parsed as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg(
  tag: string,
  attributes: Record<string, string | number | boolean> = {},
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

/** Puts these children in place of what an element had. */
export function put(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== undefined && child !== false));
}

function fill(element: Element, attributes: Record<string, unknown>, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
}

/** Says something to those who do not see the page change. */
export function announce(text: string): void {
  find('live').textContent = text;
}

/**
 * While `work` runs the button says so and does nothing. It is not `disabled`, which would take
 * the focus away from who pressed it.
 */
export async function whileBusy(
  button: HTMLElement,
  text: string,
  work: () => Promise<void>,
): Promise<void> {
  if (button.getAttribute('aria-disabled') === 'true') return;
  const before = [...button.childNodes];
  button.setAttribute('aria-disabled', 'true');
  button.replaceChildren(text);
  announce(text);
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
    button.replaceChildren(...before);
  }
}
