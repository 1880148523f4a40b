/** A security check, the change that takes it out, and the tests that have to notice. */
import type { Check } from './places.ts';

export interface Mutant extends Check {
  /** Attack that is let in without the check. */
  readonly lets: string;
  /** Tests that have to notice, each by its name or the end of its path without `.test.ts`. */
  readonly tests: readonly string[];
}

/** Code in the place of a check that is simply left out. */
export const none = '';

/** A condition that refuses is taken out by one that never holds. */
export const line = (
  lets: string,
  condition: string,
  tests: readonly string[],
  instead = 'false',
): Mutant => ({ lets, check: `if (${condition})`, instead: `if (${instead})`, tests });
