/** Doc comments name their thing first: none opens with a bare preposition, a pronoun or a question. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { importGraph } from './support/node/import-graph.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BARE =
  /\/\*\*\s+(?:\* )?(?:Of|For|By|From|With|Without|Whether|How|What|Which|Who|Where|As|At|Since)\b[^\n]*/g;

/** Openings that only the Worker is held to. */
const BARE_IN_WORKER =
  /\/\*\*\s+(?:\* )?(?:Behind|Against|Before|After|Next|Under|Its?|Their|They|Those|These|Whoever|Whatever|May|Do|Does|Is|Are|Can)\b[^\n]*/g;

const found = (files: readonly string[], openings: RegExp) =>
  files.flatMap((file) =>
    (readFileSync(`${ROOT}${file}`, 'utf8').match(openings) ?? []).map(
      (text) => `${file}: ${text}`,
    ),
  );

it('puts the noun first', () => {
  const files = [...importGraph().keys()];
  expect(files.length).toBeGreaterThan(300);
  expect(found(files, BARE)).toEqual([]);
});

it('puts no pronoun first in the Worker', () => {
  const files = [...importGraph().keys()].filter((file) => file.startsWith('worker/'));
  expect(files.length).toBeGreaterThan(100);
  expect(found(files, BARE_IN_WORKER)).toEqual([]);
});
