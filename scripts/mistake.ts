/** A mistake of whoever typed the command: told without a stack, exit status 1. */
export class Mistake extends Error {}
