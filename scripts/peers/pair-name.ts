/** Behind a cascade's name: its fast network is sure of nothing, so that both are asked. */
export const BOTH = 'both';
