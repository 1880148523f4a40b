/** Doc comments name their thing first: none opens with a bare preposition or a question. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { importGraph } from './support/node/import-graph.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BARE =
  /\/\*\*\s+(?:\* )?(?:Of|For|By|From|With|Without|Whether|How|What|Which|Who|Where|As|At|Since)\b[^\n]*/g;

it('puts the noun first', () => {
  const files = [...importGraph().keys()];
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    (readFileSync(`${ROOT}${file}`, 'utf8').match(BARE) ?? []).map((text) => `${file}: ${text}`),
  );
  expect(found).toEqual([]);
});
