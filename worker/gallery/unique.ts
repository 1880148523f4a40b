/** Search for a person who is enrolled already, under another subject. */
import { decide } from '../face/identify.ts';
import type { Found, UniqueTerms } from './store.ts';

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
