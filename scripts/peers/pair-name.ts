/** Suffix of a cascade's name whose fast network decides nothing, so that every pair is deferred to the slow one. */
export const DEFERRED = 'deferred';

/** Suffix of a name by which mirror images are always embedded too. */
export const MIRRORS = 'mirrors';
