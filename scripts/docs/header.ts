/** The header that every page has: the demo page and the documentation. */

/** Pages that the header leads to, by their address. */
const LINKS = { '/': 'Try it', '/docs': 'API', '/openapi.json': 'OpenAPI' } as const;

/** @param here the address of the page that it stands on */
export function header(here: keyof typeof LINKS): string {
  const links = Object.entries(LINKS).map(
    ([address, name]) =>
      `<a href="${address}"${address === here ? ' aria-current="page"' : ''}>${name}</a>`,
  );
  return `<header class="bar">
      <div class="width bar-row">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
            <path class="brand-a" d="M14 4C8 4 4 9 4 16s4 12 10 12z" />
            <path class="brand-b" d="M18 4c6 0 10 5 10 12s-4 12-10 12z" />
          </svg>
          visavis
        </a>
        <nav aria-label="Pages" class="bar-links">
          ${links.join('\n          ')}
        </nav>
      </div>
    </header>`;
}
