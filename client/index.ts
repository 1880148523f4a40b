/** `visavis/client`: for backends. The browser's part is `visavis/client/browser`. */
export { type ChallengeOptions, type VerifyOptions, Visavis, type VisavisOptions } from './api.ts';
export { type Problem, VisavisError } from './problem.ts';
export type * from './types.ts';
