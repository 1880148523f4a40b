/**
 * The checks that keep logins safe, each with the change that takes it out and the tests that have
 * to notice: `npm run tool -- mutations`.
 */
import type { Mutant } from './mutant.ts';
import { ASSERTIONS } from './mutants/assertions.ts';
import { LOGINS } from './mutants/logins.ts';
import { PICTURES } from './mutants/pictures.ts';
import { REQUESTS } from './mutants/requests.ts';
import { TEMPLATES } from './mutants/templates.ts';

export const MUTANTS: readonly Mutant[] = [
  ...ASSERTIONS,
  ...REQUESTS,
  ...PICTURES,
  ...TEMPLATES,
  ...LOGINS,
];
