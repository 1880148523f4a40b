/** Entries on their way into a gallery and out of it, whatever engine keeps it. */
import type { Entry, Listed, Page } from './gallery-store.ts';

/** Each subject once, as it was named last. */
export function lastOfEach(named: readonly Entry[]): Entry[] {
  return [...new Map(named.map((entry) => [entry.subject, entry])).values()];
}

/**
 * Templates that a gallery grows by when entries are put in place of what their subjects had.
 *
 * @param entries each subject once
 */
export function growth(
  entries: readonly Entry[],
  describe: (subject: string) => Listed | undefined,
): number {
  let sum = 0;
  for (const { subject, templates } of entries) {
    sum += templates.length - (describe(subject)?.templates.length ?? 0);
  }
  return sum;
}

/** Page of the subjects after a cursor, each as `take` gives it. */
export function pageOf<Item>(
  { subjects, more }: { readonly subjects: readonly string[]; readonly more: boolean },
  take: (subject: string) => Item,
): Page<Item> {
  return { items: subjects.map(take), cursor: more ? (subjects.at(-1) as string) : null };
}
