/** Choice of what `evaluate` measures: one set, and the options that belong to it. */
import { Mistake } from '../mistake.ts';

/** Options that name a set, each by itself. */
const SETS = ['lfw', 'pairs', 'folder'] as const;

/** Options that mean something only beside another. */
const BESIDE = {
  pairs: 'pictures',
  pictures: 'pairs',
  person: 'folder',
  identities: 'folder',
  groups: 'folder',
  most: 'groups',
} as const;

/** Options that do nothing beside another. */
const WITHOUT = [
  ['templates', 'folder'],
  ...['person', 'identities', 'network', 'fp32', 'plots'].map((name) => [name, 'groups'] as const),
] as const;

type Choice = Readonly<Record<string, string | boolean | undefined>>;

/**
 * A number measured with an option that did nothing would look like any other.
 *
 * @throws Mistake where no set is named, or two, or an option does not belong to it
 */
export function checkChoice(choice: Choice): void {
  const isGiven = (name: string) => choice[name] !== undefined && choice[name] !== false;
  for (const [name, other] of Object.entries(BESIDE)) {
    if (isGiven(name) && !isGiven(other)) throw new Mistake(`--${name} needs --${other}`);
  }
  const sets = SETS.filter(isGiven).map((name) => `--${name}`);
  if (sets.length === 0) {
    throw new Mistake('name a set: --lfw, --pairs with --pictures, or --folder (see --help)');
  }
  if (sets.length > 1) throw new Mistake(`name one set, not ${sets.join(' and ')}`);
  for (const [name, other] of WITHOUT) {
    if (isGiven(name) && isGiven(other))
      throw new Mistake(`--${name} does nothing with --${other}`);
  }
}
