/** Search for a person who is enrolled already, under another subject. */
import { Refusal } from '../errors.ts';
import { decide } from '../face/identify.ts';
import { dequantize } from '../face/template.ts';
import type { Entry, Found, Put, UniqueTerms } from './gallery-store.ts';

/** Subjects to search for: one's own may be the nearest, and is no other. */
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
  { fpir, calibration }: Omit<UniqueTerms, 'model'>,
): string | undefined {
  const others = candidates.filter((candidate) => candidate.subject !== subject);
  return decide(others, { size, fpir, calibration }).subject ?? undefined;
}

/**
 * Reason that an entry is not unique; nothing where it is. A refusal would lose its class on the
 * way out of a Durable Object.
 */
export async function judge(
  entry: Entry,
  unique: UniqueTerms,
  search: (probe: Float32Array, model: string, top: number) => Found | Promise<Found>,
): Promise<Put | undefined> {
  try {
    for (const { model, embedding } of entry.templates) {
      if (model !== unique.model) continue;
      const found = await search(dequantize(embedding), model, UNIQUE_TOP);
      const subject = otherSubject(found, entry.subject, unique);
      if (subject !== undefined) return { kind: 'taken', subject };
    }
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}
