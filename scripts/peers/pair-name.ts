/** Behind a cascade's name: its fast network decides nothing, so that every pair is deferred to the slow one. */
export const DEFERRED = 'deferred';

/** Behind a name: what can be looked at is, the mirror images too. */
export const MIRRORS = 'mirrors';
