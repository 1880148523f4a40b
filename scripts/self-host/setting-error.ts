/** A setting that is missing or wrong: told without a stack. */
export class SettingError extends Error {}
