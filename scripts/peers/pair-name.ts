/** Behind a cascade's name: its fast network is sure of nothing, so that the slow one is asked. */
export const ASKED = 'asked';

/** Behind a name: what can be looked at is, the mirror images too. */
export const MIRRORS = 'mirrors';
