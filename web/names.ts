/**
 * Names of people, kept in this page's memory. The deployment gets a random id for each: a subject
 * stands in URLs, which the platform's own records have.
 */

export const PREFIX = 'demo-';

/** Characters of a random id that are shown where there is no name. */
const SHOWN = 8;

/** Random id, of 128 bits in hex. `crypto.randomUUID` is not there on a page that came without TLS. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const subjects = new Map<string, string>();
const names = new Map<string, string>();

/** Subject of a name: the same name is the same person, until the page is closed. */
export function subjectOf(name: string): string {
  const called = name.normalize().trim();
  const known = subjects.get(called);
  if (known !== undefined) return known;
  const subject = PREFIX + randomId();
  subjects.set(called, subject);
  names.set(subject, called);
  return subject;
}

/** Name of a subject; one that was enrolled elsewhere, or before a reload, is shown by its id. */
export function nameOf(subject: string): string {
  const name = names.get(subject);
  if (name !== undefined) return name;
  if (!subject.startsWith(PREFIX)) return subject;
  return `Person ${subject.slice(PREFIX.length, PREFIX.length + SHOWN)}`;
}

/** Reason that a name cannot be one; empty where it can. */
export function nameProblem(name: string): string {
  return name.trim() === '' ? 'Say who it is.' : '';
}
