/** Names of people as subjects, which have few characters: any name fits, and comes back. */

/** The longest subject. */
const MAX_CHARACTERS = 128;

/** Subject of a name: what a subject cannot have is written as `~` and the hex of its bytes. */
export function subjectOf(name: string): string {
  return encodeURIComponent(name.normalize().trim())
    .replace(/[~!*'()_]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '_')
    .replaceAll('%', '~');
}

/** Name of a subject; one that this page did not make stands for itself. */
export function nameOf(subject: string): string {
  try {
    const name = decodeURIComponent(subject.replaceAll('_', ' ').replaceAll('~', '%'));
    return subjectOf(name) === subject ? name : subject;
  } catch {
    return subject;
  }
}

/** Reason that a name cannot be one; empty where it can. */
export function nameProblem(name: string): string {
  if (name.trim() === '') return 'Say who it is.';
  return subjectOf(name).length > MAX_CHARACTERS ? 'Choose a shorter name.' : '';
}
