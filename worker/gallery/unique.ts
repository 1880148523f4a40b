/** Search for a person who is enrolled already, under another subject. */
import { decide, type SearchTerms } from '../face/decision/identify.ts';
import { dequantize } from '../face/embedding/template.ts';
import type { Counts, Entry, Found, ModelSearchTerms, Put } from './gallery-store.ts';

/** Subjects to search for: one's own may be the first, and is no other. */
export const UNIQUE_TOP = 2;

/**
 * The other subject that the person of a search is enrolled under.
 *
 * @param found by a search for `UNIQUE_TOP` subjects
 * @param subject who the person is to be
 * @throws Refusal as `decide`
 */
export function otherSubject(
  { size, candidates }: Pick<Found, 'size' | 'candidates'>,
  subject: string,
  terms: SearchTerms,
): string | undefined {
  const others = candidates.filter((candidate) => candidate.subject !== subject);
  return decide({ size, candidates: others }, terms) ?? undefined;
}

/**
 * Search for an entry's person under other subjects, before it is stored.
 *
 * @returns `stored` for one who is unique: what to answer once it is
 * @throws Refusal as `decide`
 */
export async function judge(
  entry: Entry,
  unique: ModelSearchTerms,
  search: (probe: Float32Array, terms: ModelSearchTerms, top: number) => Found | Promise<Found>,
): Promise<Put> {
  let searched: Counts | undefined;
  for (const { model, embedding } of entry.templates) {
    if (model !== unique.model) continue;
    const found = await search(dequantize(embedding), unique, UNIQUE_TOP);
    const subject = otherSubject(found, entry.subject, unique);
    if (subject !== undefined) return { kind: 'taken', subject };
    const { size, subjects, outdated } = found;
    searched = { size, subjects, outdated };
  }
  return { kind: 'stored', searched };
}
