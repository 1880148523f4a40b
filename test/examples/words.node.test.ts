/** The example's page has words for every refusal of its backend. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WORDS } from '../../examples/login/browser/dom.ts';

const app = readFileSync(new URL('../../examples/login/app.ts', import.meta.url), 'utf8');
const codes = new Set([...app.matchAll(/\berror: '(\w+)'/g)].map(([, code]) => code as string));
codes.delete('unavailable'); // which the words for all others are about

it.each([...codes])('%s', (code) => {
  expect(Object.keys(WORDS)).toContain(code);
});

it('reads the codes', () => {
  expect(codes.size).toBeGreaterThan(8);
});
